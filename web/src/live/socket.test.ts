import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { rawCounters, rawRow } from "./sample.ts";
import { connectLive, type PlugEvents, RETRY_FIRST_MS, RETRY_MOST_MS, retryDelay } from "./socket.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NOW = "2026-11-23T03:08:00Z";
const welcome = { type: "welcome", protocol: 1, resumed: false, heartbeat_s: 10, now: NOW };
const snapshot = { type: "snapshot", position: "p1", rows: [rawRow], total: 1, counters: rawCounters };
const beat = { type: "beat", now: NOW, position: "p2" };

function setUp({ signedIn = true } = {}) {
	const plugs: { on: PlugEvents; said: Record<string, unknown>[]; closed: boolean }[] = [];
	const pushed: { type: string; phase?: string }[] = [];
	const reload = vi.fn();
	const live = connectLive("ws://x/live", (message) => pushed.push(message), {
		open(_url, subprotocol, on) {
			expect(subprotocol).toBe("qingling.v1");
			const plug = { on, said: [] as Record<string, unknown>[], closed: false };
			plugs.push(plug);
			return { send: (text) => void plug.said.push(JSON.parse(text)), close: () => (plug.closed = true) };
		},
		random: () => 1,
		now: () => 0,
		signedIn: async () => signedIn,
		reload,
	});
	const last = () => plugs[plugs.length - 1] ?? expect.unreachable();
	const hear = (...messages: object[]) => messages.forEach((message) => last().on.message(JSON.stringify(message)));
	const phases = () => pushed.filter(({ type }) => type === "phase").map(({ phase }) => phase);
	return { live, plugs, pushed, phases, last, hear, reload };
}

describe("the greeting", () => {
	it("asks for a snapshot first and for what was missed later", async () => {
		const { plugs, last, hear } = setUp();
		last().on.open();
		expect(last().said).toEqual([{ type: "hello", protocol: 1, position: null }]);
		hear(welcome, snapshot, beat);
		last().on.close();
		await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
		expect(plugs).toHaveLength(2);
		last().on.open();
		expect(last().said[0]).toMatchObject({ position: "p2" });
	});

	it("answers each beat", () => {
		const { last, hear } = setUp();
		hear(welcome, beat, beat);
		expect(last().said).toEqual([{ type: "beat" }, { type: "beat" }]);
	});
});

describe("losing the connection", () => {
	it("waits longer each time, and little again after a welcome", async () => {
		const { plugs, last, hear } = setUp();
		for (let tries = 1; tries <= 4; tries++) {
			last().on.close();
			await vi.advanceTimersByTimeAsync(retryDelay(tries - 1, 1) - 1);
			expect(plugs).toHaveLength(tries);
			await vi.advanceTimersByTimeAsync(1);
			expect(plugs).toHaveLength(tries + 1);
		}
		hear(welcome);
		last().on.close();
		await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
		expect(plugs).toHaveLength(6);
	});

	it("notices silence after two and a half beats", async () => {
		const { phases, plugs, hear } = setUp();
		hear(welcome);
		await vi.advanceTimersByTimeAsync(24_999);
		expect(phases()).toEqual([]);
		await vi.advanceTimersByTimeAsync(1);
		expect(phases()).toEqual(["stale"]);
		expect(plugs[0]?.closed).toBe(true);
	});

	it("does not wait out the delay when woken", () => {
		const { live, plugs, last } = setUp();
		last().on.close();
		live.wake();
		live.wake();
		expect(plugs).toHaveLength(2);
	});

	it("does not listen to a socket it gave up", async () => {
		const { plugs, pushed, hear, last } = setUp();
		hear(welcome);
		last().on.close();
		await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
		const before = pushed.length;
		plugs[0]?.on.message(JSON.stringify(snapshot));
		plugs[0]?.on.close();
		expect(pushed).toHaveLength(before);
	});

	it("ends when the session is over, and only then", async () => {
		const out = setUp({ signedIn: false });
		out.last().on.close();
		await vi.advanceTimersByTimeAsync(RETRY_MOST_MS);
		expect(out.phases().at(-1)).toBe("ended");
		expect(out.plugs).toHaveLength(1);
		const still = setUp();
		still.last().on.close();
		await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
		expect(still.phases()).not.toContain("ended");
	});
});

describe("resync", () => {
	it("starts from a snapshot", async () => {
		const { last, hear } = setUp();
		hear(welcome, snapshot, { type: "resync", reason: "overflow" });
		last().on.close();
		await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
		last().on.open();
		expect(last().said[0]).toMatchObject({ position: null });
	});

	it("reloads the page, not all pages at once, for another protocol", async () => {
		const { hear, reload } = setUp();
		hear({ type: "resync", reason: "protocol" });
		expect(reload).not.toHaveBeenCalled();
		await vi.advanceTimersByTimeAsync(10_000);
		expect(reload).toHaveBeenCalledOnce();
	});

	it("follows a frame that could not be read", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const { last, hear, pushed } = setUp();
		hear(welcome, snapshot, { type: "event", position: "p3", case: { ...rawRow, state: "odd" } });
		expect(pushed.some(({ type }) => type === "event")).toBe(false);
		await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
		last().on.open();
		expect(last().said[0]).toMatchObject({ position: null });
	});
});

it("spreads retries over half of each delay", () => {
	expect([retryDelay(0, 0), retryDelay(0, 1), retryDelay(20, 0), retryDelay(20, 1)]).toEqual([
		RETRY_FIRST_MS / 2, RETRY_FIRST_MS, RETRY_MOST_MS / 2, RETRY_MOST_MS,
	]);
});

it("stops for good", async () => {
	const { live, plugs, last } = setUp();
	live.stop();
	last().on.close();
	await vi.advanceTimersByTimeAsync(RETRY_MOST_MS * 2);
	expect(plugs).toHaveLength(1);
});
