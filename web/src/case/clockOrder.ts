import type { CaseClock } from "../live/wire.ts";

export function isDone(clock: CaseClock): boolean {
	return clock.state === "met" || clock.state === "stopped";
}

/** Running ones first, the nearest first; then what is done, newest first. */
export function clockOrder(clocks: readonly CaseClock[]): CaseClock[] {
	const at = (clock: CaseClock) => (isDone(clock) ? -(clock.met_at ?? clock.started_at) : (clock.due_at ?? Infinity));
	return [...clocks].sort((a, b) => Number(isDone(a)) - Number(isDone(b)) || at(a) - at(b));
}
