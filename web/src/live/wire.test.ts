import { describe, expect, it } from "vitest";
import { DecodeError } from "./decode.ts";
import { rawCounters, rawRow } from "./sample.ts";
import { caseFull, choice, decodeFrame, problem, river, row } from "./wire.ts";

const frame = (value: unknown) => decodeFrame(JSON.stringify(value));
const event = { name: "assigned", version: 3, at: "2026-11-23T01:01:00Z", actor: { kind: "system" } };

describe("a row", () => {
	it("has its times in milliseconds", () => {
		expect(row(rawRow, "").opened_at).toBe(Date.UTC(2026, 10, 23, 1, 1, 0, 123));
	});

	it("ignores members it does not know", () => {
		expect(row({ ...rawRow, surprise: { deep: [1] } }, "")).not.toHaveProperty("surprise");
	});

	it.each<[string, object, string]>([
		["an id beyond 2^53", { id: 2 ** 53 }, "id"],
		["an id in quotes", { id: "7" }, "id"],
		["an unknown state", { state: "sleeping" }, "state"],
		["a time without a date", { opened_at: "11:08" }, "opened_at"],
		["a time that is none", { due_at: "2026-13-45T00:00:00Z" }, "due_at"],
		["a broken clock", { next_clock: { kind: "accept", due_at: null, state: "running" } }, "next_clock.due_at"],
		["a wrong list", { breached: [1] }, "breached[0]"],
	])("is refused with %s, by name", (_, change, member) => {
		expect(() => row({ ...rawRow, ...change }, "")).toThrow(DecodeError);
		expect(() => row({ ...rawRow, ...change }, "")).toThrow(new RegExp(`^${member.replace(/[[\].]/g, "\\$&")}:`));
	});

	it("reads new words of growing lists as unknown", () => {
		const read = row({ ...rawRow, tier: "platinum", channel: "telex", turn: "customs", priority: "low" }, "");
		expect(read).toMatchObject({ tier: "unknown", channel: "other", turn: "nobody", priority: "normal" });
	});

	it("keeps markup as text and makes direction tricks visible", () => {
		const read = row({ ...rawRow, subject: "<script>x</script>\u202Eevil\u0000\n" }, "");
		expect(read.subject).toBe("<script>x</script>\ufffdevil\ufffd\n");
	});
});

describe("a frame", () => {
	it.each([
		["welcome", { type: "welcome", protocol: 1, resumed: false, heartbeat_s: 10, now: "2026-11-23T03:08:00Z" }],
		["snapshot", { type: "snapshot", position: "p", rows: [rawRow], total: 1, counters: rawCounters }],
		["event", { type: "event", position: "p", case: rawRow, event }],
		["gone", { type: "gone", position: "p", id: 7 }],
		["counters", { type: "counters", counters: rawCounters }],
		["resync", { type: "resync", reason: "overflow" }],
	])("%s is read", (type, value) => {
		expect(frame(value)).toMatchObject({ type });
	});

	it("finds the river's health in the beat itself or under its own name", () => {
		const health = { canary_ms: 31, lag: 0, timer_late_ms: 2, ok: true };
		const beat = { type: "beat", now: "2026-11-23T03:08:00Z", position: "p" };
		expect(frame({ ...beat, ...health })).toMatchObject({ river: health });
		expect(frame({ ...beat, river: health })).toMatchObject({ river: health });
		expect(frame(beat)).toMatchObject({ river: null });
	});

	it("of a type from the future is ignored", () => {
		expect(frame({ type: "fireworks" })).toEqual({ type: "ignored", name: "fireworks" });
		expect(frame({ type: "toString" })).toEqual({ type: "ignored", name: "toString" });
	});

	it.each(["", "{", "null", "[]", "7", '{"type":7}', '{"type":"gone","position":"p"}', '{"type":"snapshot"}'])(
		"that is %j is refused",
		(text) => expect(() => decodeFrame(text)).toThrow(DecodeError),
	);
});

it("shows an audience it does not know as sealed", () => {
	const item = {
		version: 1, event: "replied", at: "2026-11-23T03:08:00Z", actor: { kind: "system" }, data: {},
		entry: { id: 1, audience: "cabinet", text: "t", delivery: null },
	};
	const full = caseFull({ case: rawRow, timeline: [item] }, "");
	expect(full.timeline[0]?.entry?.audience).toBe("sealed");
	expect(full.actions).toEqual([]);
});

it("takes a canary that never came back, and skills named by number", () => {
	expect(river({ canary_ms: -1, lag: 0, timer_late_ms: 0, ok: false }, "").canary_ms).toBeNull();
	expect(choice({ level: "none", chosen: null, relaxed: [3, "english"] }, "")).toMatchObject({ level: "none", relaxed: ["", "english"] });
});

it("reads any problem, even an empty one", () => {
	expect(problem({}, "")).toMatchObject({ code: "internal", current: null, changed: [] });
});
