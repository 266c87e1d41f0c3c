import { limits } from "../../proto/limits.ts";
import { assertNever } from "../../proto/states.ts";
import { isHostAddress } from "./address_kind.ts";
import type { DiscoveryEffect } from "./effects.ts";
import type { DiscoveryEvent, Hint, Place, Source } from "./events.ts";
import { forgetSilent, learn, nextExpiryMs } from "./members.ts";
import { type DiscoveryState, type Member, placeKey } from "./state.ts";

/** Pauses after the first rounds, against loss; then those of {@link laterPauseMs}. */
const firstPausesMs = { daemon: [400, 1_600], seeker: [300, 900, 1_300, 2_000, 3_000, 5_000] };
/** The bounds of later pauses; between them chance decides, so that hosts do not speak at once. */
const laterPausesMs = { daemon: [30_000, 60_000], seeker: [8_000, 12_000] } as const;
/** A member that was silent for so long is asked by itself: it may be where broadcasts do not reach. */
const askSilentMs = 20_000;
/** A place is not asked again before. */
const askPauseMs = 250;
/** So many places are asked at once, and the next after a pause. */
const asksAtOnce = 8;
const asksPauseMs = 200;

/**
 * Discovery: takes what happened, changes its state, and says what is to be sent and who was found.
 *
 * It is pure, as the scheduler is. What a packet says is a hint: it grants nothing, and this machine bounds what it can
 * cause. Replies are never more than queries, nothing but addresses inside a sealed packet is used, and a repeated
 * packet changes nothing.
 *
 * @param state Changed in place.
 * @param events What happened since the last step, oldest first.
 * @param nowMs The caller's monotonic clock, in milliseconds; never less than in the step before.
 * @returns Effects, in the order in which to perform them.
 */
export function step(
  state: DiscoveryState,
  events: readonly DiscoveryEvent[],
  nowMs: number,
): DiscoveryEffect[] {
  const effects: DiscoveryEffect[] = [];
  for (const event of events) apply(state, event, nowMs, effects);
  forgetSilent(state, nowMs, effects);
  if (nowMs >= state.roundAtMs) beginRound(state, nowMs, effects);
  askPlaces(state, nowMs, effects);
  return effects;
}

/** When `step` must be called again even if nothing happens; undefined if only events matter. */
export function nextWakeMs(state: DiscoveryState): number | undefined {
  const asksAtMs = state.toAsk.size > 0 ? state.askAgainAtMs : Infinity;
  const wakeMs = Math.min(state.roundAtMs, asksAtMs, nextExpiryMs(state));
  return wakeMs === Infinity ? undefined : wakeMs;
}

function apply(
  state: DiscoveryState,
  event: DiscoveryEvent,
  nowMs: number,
  effects: DiscoveryEffect[],
): void {
  switch (event.type) {
    case "addresses":
      state.own = new Set(event.own);
      return beginAnew(state, nowMs);
    case "seeds":
      state.seeds = event.places;
      return beginAnew(state, nowMs);
    case "packet":
      return onPacket(state, event.hint, event.source, nowMs, effects);
    case "tick":
      return;
    default:
      assertNever(event);
  }
}

/** The network is another one, or can be asked in another way. */
function beginAnew(state: DiscoveryState, nowMs: number): void {
  state.rounds = 0;
  state.roundAtMs = nowMs;
}

function onPacket(
  state: DiscoveryState,
  hint: Hint,
  source: Source,
  nowMs: number,
  effects: DiscoveryEffect[],
): void {
  const { as, instance } = state.options;
  if (hint.instance === instance) return;
  // Whoever repeats a packet, or sends it on several ways at once, is heard once.
  if (hint.sequence <= (state.sequences.get(hint.instance) ?? -1)) return;
  state.sequences.set(hint.instance, hint.sequence);
  switch (hint.kind) {
    case "announce":
      if (as === "daemon") learn(state, hint, source, nowMs, effects);
      return;
    case "query":
      if (as === "seeker") return;
      learn(state, hint, source, nowMs, effects);
      if (!state.replies.take(placeKey(source), nowMs)) return;
      effects.push({
        type: "reply",
        source,
        answers: hint.instance,
        peers: choosePeers(state, hint.instance),
      });
      return;
    case "reply":
      // The answer to another question is a recording.
      if (hint.answers !== instance) return;
      learn(state, hint, source, nowMs, effects);
      for (const place of hint.peers) considerPeer(state, place, nowMs);
      return;
    default:
      assertNever(hint.kind);
  }
}

/** Has a place asked that another daemon named, unless it is known already. */
function considerPeer(state: DiscoveryState, place: Place, nowMs: number): void {
  const isSound = isHostAddress(place.address) && !state.own.has(place.address) && place.port > 0;
  const known = state.members.get(state.askable.get(placeKey(place)) ?? "");
  const isFresh = known !== undefined && nowMs - known.heardAtMs < askSilentMs;
  if (isSound && !isFresh) wantToAsk(state, place, nowMs);
}

function wantToAsk(state: DiscoveryState, place: Place, nowMs: number): void {
  const key = placeKey(place);
  if (nowMs - (state.askedAtMs.get(key) ?? -Infinity) < askPauseMs) return;
  if (state.toAsk.size < limits.maxDiscoveryPlaces) state.toAsk.set(key, place);
}

/** Speaks to everybody: daemons of themselves, at their start with a question; seekers always with one. */
function beginRound(state: DiscoveryState, nowMs: number, effects: DiscoveryEffect[]): void {
  const { as } = state.options;
  const kind = as === "seeker" || state.rounds < firstPausesMs.daemon.length ? "query" : "announce";
  effects.push({ type: "broadcast", kind });
  for (const place of state.seeds) wantToAsk(state, place, nowMs);
  for (const member of state.members.values()) {
    const [address] = member.addresses;
    if (nowMs - member.heardAtMs < askSilentMs || address === undefined) continue;
    if (member.udpPort > 0) wantToAsk(state, { address, port: member.udpPort }, nowMs);
  }
  const [minMs, maxMs] = laterPausesMs[as];
  const pauseMs = firstPausesMs[as][state.rounds] ?? minMs + (maxMs - minMs) * state.random();
  state.rounds += 1;
  state.roundAtMs = nowMs + pauseMs;
}

function askPlaces(state: DiscoveryState, nowMs: number, effects: DiscoveryEffect[]): void {
  if (nowMs < state.askAgainAtMs) return;
  let left = asksAtOnce;
  for (const [key, place] of state.toAsk) {
    if (left === 0) break;
    left -= 1;
    state.toAsk.delete(key);
    state.askedAtMs.set(key, nowMs);
    effects.push({ type: "ask", place });
  }
  if (left < asksAtOnce) state.askAgainAtMs = nowMs + asksPauseMs;
}

/** Some of the members, others each time, so that who asks again hears of all. */
function choosePeers(state: DiscoveryState, except: string): Place[] {
  const members = [...state.members.values()];
  const start = members.length === 0 ? 0 : state.peersFrom % members.length;
  const places: Place[] = [];
  let looked = 0;
  for (; looked < members.length && places.length < limits.maxDiscoveryPeers; looked += 1) {
    const member = members[(start + looked) % members.length];
    if (member === undefined || member.instance === except) continue;
    const place = placeOf(member);
    if (place !== undefined) places.push(place);
  }
  state.peersFrom = start + looked;
  return places;
}

function placeOf({ addresses: [address], udpPort: port }: Member): Place | undefined {
  return address === undefined || port === 0 ? undefined : { address, port };
}
