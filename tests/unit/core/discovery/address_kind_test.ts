import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isHostAddress,
  isLoopbackAddress,
  isPrivateAddress,
} from "../../../../lib/core/discovery/address_kind.ts";

describe("kinds of addresses", () => {
  it("private ones are those the internet does not reach", () => {
    const inside = [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.9.9",
      "192.168.1.1",
      "169.254.3.4",
      "fd00::1",
      "fc12::1",
    ];
    const outside = [
      "11.0.0.1",
      "172.15.0.1",
      "172.32.0.1",
      "192.169.1.1",
      "169.253.0.1",
      "8.8.8.8",
    ];
    const others = ["2001:db8::1", "fe80::1", "127.0.0.1", "::1", "f::1"];
    assert.deepEqual(inside.filter(isPrivateAddress), inside);
    assert.deepEqual([...outside, ...others].filter(isPrivateAddress), []);
  });

  it("hosts are dialled, and no loopback, group, or network", () => {
    const hosts = ["10.0.0.1", "8.8.8.8", "223.1.1.1", "2001:db8::1", "fd00::1"];
    const others = [
      "127.0.0.1",
      "0.0.0.0",
      "239.255.77.83",
      "255.255.255.255",
      "::",
      "::1",
      "ff02::1",
      "fe80::1",
    ];
    assert.deepEqual(hosts.filter(isHostAddress), hosts);
    assert.deepEqual(others.filter(isHostAddress), []);
    assert.deepEqual(others.filter(isLoopbackAddress), ["127.0.0.1", "::1"]);
  });
});
