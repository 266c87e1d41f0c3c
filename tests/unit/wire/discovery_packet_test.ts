import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { openDiscovery, sealDiscovery } from "../../../lib/wire/discovery_packet.ts";
import { pad } from "../../../lib/wire/hello.ts";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { encodeTuple } from "../../../lib/wire/tuple.ts";
import { quickCrypto as crypto, rising } from "./fixtures.ts";
import { discoveryExample } from "./vector_examples.ts";

const key = rising(0x11);
const nonce = rising(0xc0, 24);

describe("discovery packets", () => {
  it("of every kind and role arrive, always of one size", () => {
    for (const kind of ["announce", "query", "reply"] as const) {
      for (const role of ["node", "client", "scheduler"] as const) {
        const packet = { ...discoveryExample, kind, role };
        const datagram = sealDiscovery(crypto, key, nonce, packet);
        assert.equal(datagram.length, limits.discoveryPacketBytes);
        assert.deepEqual(openDiscovery(crypto, [key], datagram), packet);
      }
    }
  });

  it("hold eight IPv6 addresses, and refuse more text than fits", () => {
    const address = "2001:0db8:85a3:0000:0000:8a2e:0370:7334";
    const packet = { ...discoveryExample, addresses: Array(8).fill(address) };
    const datagram = sealDiscovery(crypto, key, nonce, packet);
    assert.deepEqual(openDiscovery(crypto, [key], datagram)?.addresses, packet.addresses);
    const tooMuch = { ...discoveryExample, addresses: Array(12).fill(address) };
    assert.throws(() => sealDiscovery(crypto, key, nonce, tooMuch), RangeError);
  });

  it("of another cluster, of another size or with one bit changed say nothing", () => {
    const datagram = sealDiscovery(crypto, key, nonce, discoveryExample);
    assert.equal(openDiscovery(crypto, [rising(0x12)], datagram), undefined);
    assert.equal(openDiscovery(crypto, [], datagram), undefined);
    for (const size of [0, 1, 28, 44, 511]) {
      assert.equal(openDiscovery(crypto, [key], datagram.subarray(0, size)), undefined);
    }
    let accepted = 0;
    for (let index = 0; index < datagram.length; index++) {
      const changed = datagram.slice();
      changed[index] = (changed[index] ?? 0) ^ 0x10;
      if (openDiscovery(crypto, [key], changed) !== undefined) accepted++;
    }
    assert.equal(accepted, 0);
  });

  it("sealed by a member but senseless say nothing", () => {
    const bodies = [
      [],
      [1, "lab", 1, rising(0), rising(0, 16), 7, 70_000, []],
      [0, "lab", 1, rising(0), rising(0, 16), 7, 1, []],
      [1, "lab", 4, rising(0), rising(0, 16), 7, 1, []],
      [1, "lab", 1, rising(0, 31), rising(0, 16), 7, 1, []],
      [1, "lab", 1, rising(0), rising(0, 16), 7, 1, Array(9).fill("a")],
      [1, "x".repeat(65), 1, rising(0), rising(0, 16), 7, 1, []],
      [1, "lab", 1, rising(0), rising(0, 16), 7, 1, [], 9],
    ];
    const seal = (plaintext: Uint8Array) =>
      concatBytes(Uint8Array.fromHex("6d73746401"), nonce, crypto.seal(plaintext, nonce, key));
    for (const body of bodies) {
      const plaintext = pad(encodeTuple(body), 467);
      assert.equal(openDiscovery(crypto, [key], seal(plaintext)), undefined);
    }
    const dirty = pad(encodeTuple([]), 467);
    dirty[466] = 1;
    assert.equal(openDiscovery(crypto, [key], seal(dirty)), undefined);
    assert.equal(openDiscovery(crypto, [key], seal(new Uint8Array(467).fill(0xff))), undefined);
  });
});
