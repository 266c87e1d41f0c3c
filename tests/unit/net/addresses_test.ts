import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  addressGroup,
  formatAddress,
  isLoopback,
  plainAddress,
  printable,
} from "../../../lib/net/addresses.ts";

describe("addresses", () => {
  it("IPv6 stands in brackets before a port, IPv4 and names do not", () => {
    assert.equal(formatAddress("::1", 7701), "[::1]:7701");
    assert.equal(formatAddress("10.0.0.5", 7701), "10.0.0.5:7701");
    assert.equal(formatAddress("node-a", 7701), "node-a:7701");
  });

  it("IPv4 inside IPv6 comes out as IPv4", () => {
    assert.equal(plainAddress("::ffff:10.0.0.5"), "10.0.0.5");
    assert.equal(plainAddress("fe80::1%eth0"), "fe80::1%eth0");
  });

  it("only addresses that no other host can reach count as loopback", () => {
    for (
      const host of ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"]
    ) {
      assert.equal(isLoopback(host), true, host);
    }
    for (
      const host of [
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "127.example.org",
        "128.0.0.1",
        "",
        "localhost.evil",
      ]
    ) {
      assert.equal(isLoopback(host), false, host);
    }
  });

  it("an IPv6 host counts by its network of 64 bits, however its address is written", () => {
    assert.equal(addressGroup("10.0.0.5"), "10.0.0.5");
    assert.equal(addressGroup("::ffff:10.0.0.5"), "10.0.0.5");
    assert.equal(addressGroup("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
    assert.equal(addressGroup("2001:0db8:0001:2::9"), "2001:db8:1:2");
    assert.equal(addressGroup("2001:db8::9"), "2001:db8:0:0");
    assert.equal(addressGroup("::1"), "0:0:0:0");
    assert.equal(addressGroup("fe80::1%eth0"), addressGroup("fe80::2%eth0"));
  });

  it("texts of others lose what moves a cursor or turns writing around", () => {
    assert.equal(printable("a\x1b[2J\u202e\u2028b\u0007é"), "a?[2J??b?é");
  });
});
