import { beforeEach, describe, expect, it } from "vitest";
import { isSend } from "../app/keys.ts";
import { rawRow } from "../live/sample.ts";
import { caseFull, type Item } from "../live/wire.ts";
import { clockOrder } from "./clockOrder.ts";
import {
	bodyOf, COMMAND_NAMES, COMMANDS, DRAFTS_MAX, firstDraft, firstMissing, forgetDrafts, isShown, keepDraft, offered, readDraft,
} from "./commands.ts";
import { codeOf, peopleOf, personOf } from "./facts.ts";
import { rosterOrder } from "./roster.ts";

const command = (name: string) => COMMANDS.find((one) => one.name === name) ?? expect.unreachable();

describe("commands", () => {
	it("offers what the lifecycle allows and this page knows", () => {
		expect(offered(["close", "levitate", "accept"]).map(({ name }) => name)).toEqual(["accept", "close"]);
	});

	it("has one key for each that has one, and every command of the server's once", () => {
		const keys = COMMANDS.map(({ key }) => key).filter((key) => key !== "");
		expect(new Set(keys).size).toBe(keys.length);
		expect(COMMANDS.map(({ name }) => name).sort()).toEqual([...COMMAND_NAMES].sort());
	});

	it("does nothing that ends a case by one stray key", () => {
		for (const { name, fields, asks } of COMMANDS) if (fields.length === 0) expect([name, asks ?? false]).toEqual([name, !["accept", "resume", "undo"].includes(name)]);
	});

	it("brings up what a choice asks for", () => {
		const shown = (name: string, draft: object) => command(name).fields.filter((field) => isShown(field, draft)).map(({ name: field }) => field);
		expect(shown("close", { outcome: "solved" })).toEqual(["outcome", "reason"]);
		expect(shown("close", { outcome: "referred" })).toEqual(["outcome", "reason", "to", "how"]);
		expect(firstMissing(command("close"), { outcome: "referred", reason: "x", to: "y" })?.name).toBe("how");
		expect(shown("reply", { audience: "parties" })).toEqual(["audience", "text"]);
		expect(shown("reply", { audience: "sealed" })).toEqual(["audience", "readers", "text"]);
	});

	it("sends lists as lists and Beijing time as such", () => {
		expect(bodyOf(command("reply"), { audience: "sealed", readers: "peng, wall", text: "x" }, 1)).toEqual({ version: 1, audience: "sealed", readers: ["peng", "wall"], text: "x" });
		expect(bodyOf(command("move"), { entries: "5、7", to: "261123-00417-5" }, 1)).toEqual({ version: 1, entries: [5, 7], to: "261123-00417-5" });
		expect(bodyOf(command("set_need"), { needed_by: "2026-12-01T18:00", need: "cut_off" }, 1)).toEqual({ version: 1, needed_by: "2026-12-01T18:00:00+08:00", reason: "cut_off" });
	});

	it("never chooses the audience for the author", () => {
		expect(firstDraft(command("reply"), "2222")).toEqual({});
		expect(firstMissing(command("reply"), { text: "x" })?.name).toBe("audience");
	});

	it("proposes unit and outcome", () => {
		expect(firstDraft(command("answer_and_close"), "2222")).toEqual({ department: "2222", outcome: "solved" });
	});

	it("does not take blanks for an answer", () => {
		expect(firstMissing(command("reopen"), { reason: " \n " })?.name).toBe("reason");
		expect(firstMissing(command("accept"), {})).toBeNull();
	});

	it("asks why when the result needs words", () => {
		expect(firstMissing(command("close"), { outcome: "solved" })).toBeNull();
		expect(firstMissing(command("close"), { outcome: "explained" })?.name).toBe("reason");
	});

	it("sends the version seen and only its own fields", () => {
		expect(bodyOf(command("assign"), { coordinator: "12", text: "left over" }, 4)).toEqual({ version: 4, coordinator: 12 });
		expect(bodyOf(command("reply"), { audience: "public", text: " 您好 " }, 9)).toEqual({ version: 9, audience: "public", text: "您好" });
	});
});

describe("drafts", () => {
	beforeEach(forgetDrafts);

	it("are kept by case and command until sent", () => {
		keepDraft(1, "reply", { text: "a" });
		expect(readDraft(1, "reply")).toEqual({ text: "a" });
		expect(readDraft(2, "reply")).toBeUndefined();
		keepDraft(1, "reply", null);
		expect(readDraft(1, "reply")).toBeUndefined();
	});

	it("are bounded, the oldest goes first", () => {
		for (let id = 0; id <= DRAFTS_MAX; id++) keepDraft(id, "ask", { text: "x" });
		expect(readDraft(0, "ask")).toBeUndefined();
		expect(readDraft(DRAFTS_MAX, "ask")).toBeDefined();
	});
});

describe("sending by key", () => {
	const press = { code: "Enter", key: "Enter", isComposing: false, keyCode: 13, ctrlKey: true, altKey: false, metaKey: false };
	it("needs Ctrl or Command, and no composition", () => {
		expect(isSend(press)).toBe(true);
		expect(isSend({ ...press, ctrlKey: false, metaKey: true })).toBe(true);
		expect(isSend({ ...press, ctrlKey: false })).toBe(false);
		expect(isSend({ ...press, isComposing: true })).toBe(false);
		expect(isSend({ ...press, keyCode: 229 })).toBe(false);
	});
});

describe("the timeline's words", () => {
	const item = (event: string, data: object): Item => ({
		version: 1, event, at: 0, actor: { kind: "system", id: null, name: null }, entry: null, data: { ...data },
	});
	const people = peopleOf(caseFull({ case: rawRow, timeline: [] }, ""));

	it.each([
		[{ coordinator: 11 }, "林*"],
		[{ coordinator: { id: 4, name: "周*" } }, "周*"],
		[{ coordinator_name: "许*" }, "许*"],
		[{ coordinator: 99 }, null],
		[{}, null],
	])("know who is meant in %o", (data, name) => {
		expect(personOf(item("assigned", data).data, people)).toBe(name);
	});

	it("know which clock, outcome or call", () => {
		expect(codeOf(item("breached", { kind: "accept" }))).toEqual({ prefix: "clock", code: "accept" });
		expect(codeOf(item("late", { clock: "accept", threshold: "after_1" }))).toEqual({ prefix: "clock", code: "accept" });
		expect(codeOf(item("closed", { outcome: "solved" }))).toEqual({ prefix: "outcome", code: "solved" });
		expect(codeOf(item("call_attempted", { result: "busy" }))).toEqual({ prefix: "call", code: "busy" });
		expect(codeOf(item("opened", { kind: "enquiry" }))).toBeNull();
	});
});

it("puts running clocks first, the nearest on top", () => {
	const clock = (id: number, state: "running" | "met", due: number) => ({
		id, state, kind: "x", cycle: 1, started_at: 0, due_at: due, met_at: state === "met" ? due : null,
		policy: null, calendar: null, segments: [],
	});
	const given = [clock(1, "met", 5), clock(2, "running", 9), clock(3, "running", 7), clock(4, "met", 6)];
	expect(clockOrder(given).map(({ id }) => id)).toEqual([3, 2, 4, 1]);
});

it("offers who can take work, the least loaded first", () => {
	const person = (id: number, load: number, more: object = {}) => ({
		id, name: "x", unit: "2222", load, capacity: 10, on_duty: true, available: true, until: null,
		skills: [], languages: [], pools: [], ...more,
	});
	const given = [person(1, 10), person(2, 5), person(3, 0, { on_duty: false }), person(4, 1)];
	expect(rosterOrder(given).map(({ id }) => id)).toEqual([4, 2, 3, 1]);
});
