import assert from "node:assert/strict";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatIpAddress, isMapped, parseIpAddress } from "../../../lib/wire/ip_address.ts";

describe("IP addresses", () => {
  it("come out in one form", () => {
    const forms: readonly [string, string][] = [
      ["192.168.1.20", "192.168.1.20"],
      ["0.0.0.0", "0.0.0.0"],
      ["::", "::"],
      ["0:0:0:0:0:0:0:1", "::1"],
      ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["fe80::1%eth0", "fe80::1"],
      ["::ffff:10.0.0.1", "10.0.0.1"],
      ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
      ["1::", "1::"],
    ];
    for (const [text, expected] of forms) {
      assert.equal(formatIpAddress(parseIpAddress(text) ?? new Uint8Array(4)), expected, text);
    }
    assert.ok(isMapped(Uint8Array.fromHex("00000000000000000000ffff0a000001")));
  });

  it("are nothing else", () => {
    const texts = [
      "",
      "1.2.3",
      "1.2.3.256",
      "01.2.3.4",
      "a.b.c.d",
      "host",
      ":",
      ":::",
      "1:2",
      "1::2::3",
    ];
    for (
      const text of [...texts, "12345::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::1.2.3", "g::"]
    ) {
      assert.equal(parseIpAddress(text), undefined, text);
    }
  });

  it("survive being written and read, as the runtime reads them", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(fc.property(bytes, (address) => {
      fc.pre(!isMapped(address));
      const text = formatIpAddress(address);
      assert.equal(isIP(text), address.length === 4 ? 4 : 6, text);
      assert.deepEqual([...parseIpAddress(text) ?? []], [...address]);
    }));
  });
});
