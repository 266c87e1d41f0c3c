import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { openDiscovery, sealDiscovery } from "../../../lib/wire/discovery_packet.ts";
import { pad } from "../../../lib/wire/hello.ts";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { encodeTuple } from "../../../lib/wire/tuple.ts";
import type { TupleItem } from "../../../lib/wire/tuple.ts";
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

  it("hold eight IPv6 addresses and eight peers under the longest name, and refuse more than fits", () => {
    const address = "2001:db8:85a3::8a2e:370:7334";
    const packet = {
      ...discoveryExample,
      cluster: "x".repeat(64),
      sequence: Number.MAX_SAFE_INTEGER,
      addresses: Array(limits.maxDiscoveryAddresses).fill(address),
      peers: Array(limits.maxDiscoveryPeers).fill({ address, port: 65_535 }),
    };
    const datagram = sealDiscovery(crypto, key, nonce, packet);
    assert.deepEqual(openDiscovery(crypto, [key], datagram), packet);
    const tooMuch = { ...packet, addresses: Array(12).fill(address) };
    assert.throws(() => sealDiscovery(crypto, key, nonce, tooMuch), RangeError);
    const noAddress = { ...packet, addresses: ["host.example"] };
    assert.throws(() => sealDiscovery(crypto, key, nonce, noAddress), RangeError);
  });

  it("name each address in one form, whatever the sender calls it", () => {
    const addresses = ["::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "FE80::1%eth0"];
    const datagram = sealDiscovery(crypto, key, nonce, { ...discoveryExample, addresses });
    const packet = openDiscovery(crypto, [key], datagram);
    assert.deepEqual(packet?.addresses, ["127.0.0.1", "::1", "fe80::1"]);
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
    const [hostKey, instance, ipv4] = [rising(0), rising(0, 16), rising(1, 4)];
    const mapped = Uint8Array.fromHex("00000000000000000000ffff7f000001");
    const sound: TupleItem[] = [1, "lab", 1, hostKey, instance, 7, 1, 1, [ipv4], [[ipv4, 9]], null];
    const but = (index: number, item: TupleItem) => sound.with(index, item);
    const bodies: TupleItem[][] = [
      [],
      sound.slice(0, -1),
      [...sound, 9],
      but(0, 0),
      but(0, 4),
      but(1, "x".repeat(65)),
      but(2, 4),
      but(3, rising(0, 31)),
      but(4, rising(0, 15)),
      but(5, -1),
      but(6, 65_536),
      but(7, 65_536),
      but(8, Array(9).fill(ipv4)),
      but(8, ["10.0.0.1"]),
      but(8, [rising(0, 5)]),
      but(8, [mapped]),
      but(9, Array(9).fill([ipv4, 9])),
      but(9, [[ipv4]]),
      but(9, [[ipv4, 65_536]]),
      but(10, rising(0, 15)),
    ];
    const seal = (plaintext: Uint8Array) =>
      concatBytes(Uint8Array.fromHex("6d73746401"), nonce, crypto.seal(plaintext, nonce, key));
    const isSound = openDiscovery(crypto, [key], seal(pad(encodeTuple(sound), 467))) !== undefined;
    assert.ok(isSound);
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
