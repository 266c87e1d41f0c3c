import { limits } from "../../proto/limits.ts";
import { isHostAddress } from "./address_kind.ts";
import type { DiscoveryEffect } from "./effects.ts";
import type { Hint, Source } from "./events.ts";
import { type DiscoveryState, type Member, placeKey } from "./state.ts";

/** Takes up what a daemon says of itself. */
export function learn(
  state: DiscoveryState,
  hint: Hint,
  source: Source,
  nowMs: number,
  effects: DiscoveryEffect[],
): void {
  const { role, hostKey, instance, port, udpPort } = hint;
  if (role === "client" || port === 0) return;
  const addresses = usableAddresses(state, hint, source);
  if (addresses.length === 0) return;
  const known = state.members.get(instance);
  // Its key cannot change; somebody else is speaking.
  if (known !== undefined && known.hostKey !== hostKey) return;
  if (known === undefined) {
    dropPredecessor(state, { hostKey, port, addresses }, effects);
    if (state.members.size >= limits.maxDiscoveredNodes) return;
  }
  const member = { instance, role, hostKey, port, udpPort, addresses, heardAtMs: nowMs };
  if (known !== undefined) forget(state, known);
  // The last one heard of is the last one to expire.
  enter(state, member);
  if (known === undefined || !isReachedAlike(known, member)) {
    effects.push({ type: "found", member });
  }
}

/** Forgets daemons that were not heard of for long. */
export function forgetSilent(
  state: DiscoveryState,
  nowMs: number,
  effects: DiscoveryEffect[],
): void {
  for (const member of state.members.values()) {
    if (nowMs - member.heardAtMs < limits.discoveryExpiryMs) return;
    forget(state, member);
    effects.push({ type: "gone", member });
  }
}

/** When the next member is to be forgotten. */
export function nextExpiryMs(state: DiscoveryState): number {
  for (const { heardAtMs } of state.members.values()) return heardAtMs + limits.discoveryExpiryMs;
  return Infinity;
}

/** The addresses inside a packet that may be dialled. */
function usableAddresses(state: DiscoveryState, hint: Hint, source: Source): string[] {
  const { hostKey, ownDaemons } = state.options;
  const isOwn = hint.hostKey === hostKey;
  if (isOwn && !ownDaemons && hint.addresses.some((address) => state.own.has(address))) return [];
  const usable = hint.addresses.filter((address) =>
    isHostAddress(address) && (isOwn || !state.own.has(address))
  );
  // The way a packet came is the likeliest to lead back; where it came from alone is nothing to go by.
  return usable.sort((a, b) => Number(b === source.address) - Number(a === source.address));
}

/** A daemon that was started again has another instance id and the same place. */
function dropPredecessor(
  state: DiscoveryState,
  { hostKey, port, addresses }: Pick<Member, "hostKey" | "port" | "addresses">,
  effects: DiscoveryEffect[],
): void {
  for (const address of addresses) {
    const instance = state.dialable.get(placeKey({ address, port }));
    const member = instance === undefined ? undefined : state.members.get(instance);
    if (member?.hostKey !== hostKey) continue;
    forget(state, member);
    effects.push({ type: "gone", member });
  }
}

function enter(state: DiscoveryState, member: Member): void {
  const { instance, addresses, port, udpPort } = member;
  state.members.set(instance, member);
  for (const address of addresses) {
    state.dialable.set(placeKey({ address, port }), instance);
    state.askable.set(placeKey({ address, port: udpPort }), instance);
  }
}

function forget(state: DiscoveryState, { instance, addresses, port, udpPort }: Member): void {
  state.members.delete(instance);
  for (const address of addresses) {
    release(state.dialable, placeKey({ address, port }), instance);
    release(state.askable, placeKey({ address, port: udpPort }), instance);
  }
}

/** Another member may have named the same place since. */
function release(index: Map<string, string>, key: string, instance: string): void {
  if (index.get(key) === instance) index.delete(key);
}

function isReachedAlike(a: Member, b: Member): boolean {
  return a.port === b.port && a.addresses.length === b.addresses.length &&
    a.addresses.every((address) => b.addresses.includes(address));
}
