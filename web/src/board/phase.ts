import type { State } from "../live/store.ts";

const SILENT_BEATS = 2.5;

export type Shown = "connecting" | "live" | "reconnecting" | "stale";

/** A short break is a small matter; after two and a half beats the whole page must say that it is old. */
export function shownPhase(state: Pick<State, "phase" | "heardAt" | "heartbeatMs">, now: number): Shown {
	if (state.phase === "live") return now - state.heardAt > state.heartbeatMs * SILENT_BEATS ? "stale" : "live";
	if (state.heardAt === 0) return "connecting";
	return now - state.heardAt > state.heartbeatMs * SILENT_BEATS || state.phase === "stale" ? "stale" : "reconnecting";
}
