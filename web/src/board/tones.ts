import type { Row } from "../live/wire.ts";

export type Tone = "plain" | "gold" | "accent" | "danger" | "warn" | "good" | "violet";

export const TIER_TONES: Record<Row["tier"], Tone> = {
	aeo: "gold",
	certified: "gold",
	regular: "plain",
	dishonest: "danger",
	unknown: "plain",
};

export const STATE_TONES: Record<Row["state"], Tone> = {
	received: "danger",
	assigned: "warn",
	working: "accent",
	waiting_enterprise: "violet",
	answered: "good",
	closed: "plain",
	merged: "plain",
};
