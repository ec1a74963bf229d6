/** The commands of a case as a table: which key, which fields, and from that the form and the body. */
import type { Key } from "../i18n/zh-CN.ts";

export type FieldName =
	| "audience" | "readers" | "text" | "department" | "outcome" | "to" | "how" | "reason" | "result" | "note" | "coordinator"
	| "needed_by" | "need" | "category" | "priority" | "subject" | "uscc" | "role" | "type" | "value" | "entries" | "into" | "merged";

export interface Field {
	name: FieldName;
	label: Key;
	required: boolean;
}

export const COMMAND_NAMES = [
	"accept", "answer_and_close", "answer", "reply", "undo", "ask", "resume", "call_attempt", "confirm", "object", "approve", "return", "close",
	"reopen", "decline", "press_on", "review", "reviewed", "assign", "release", "classify", "set_need", "add_reference", "remove_reference",
	"add_enterprise", "remove_enterprise", "move", "split", "merge", "unmerge", "withdraw",
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export interface Command {
	name: CommandName;
	/** Letter on the keycap; the physical key counts, so that it stays put under any input method. What is rare has none. */
	key: string;
	fields: readonly Field[];
	/** Nothing to fill in, and yet not done by one stray key. */
	asks?: true;
}

const must = (name: FieldName, label: Key): Field => ({ name, label, required: true });
const may = (name: FieldName, label: Key): Field => ({ name, label, required: false });

/** In the order of the buttons: what is done most often comes first. */
export const COMMANDS: readonly Command[] = [
	{ name: "accept", key: "A", fields: [] },
	{
		name: "answer_and_close",
		key: "D",
		fields: [
			must("department", "field.department"), must("text", "field.answer"), must("outcome", "field.outcome"), may("to", "field.to"), may("how", "field.how"),
		],
	},
	{
		name: "answer",
		key: "W",
		fields: [
			must("department", "field.department"), must("text", "field.answer"), may("outcome", "field.outcome"), may("to", "field.to"), may("how", "field.how"),
		],
	},
	{ name: "reply", key: "R", fields: [must("audience", "actions.audience"), may("readers", "field.readers"), must("text", "field.text")] },
	{ name: "undo", key: "G", fields: [] },
	{ name: "ask", key: "Q", fields: [must("text", "field.ask")] },
	{ name: "resume", key: "S", fields: [] },
	{ name: "call_attempt", key: "B", fields: [must("result", "field.result"), may("note", "field.note")] },
	{ name: "confirm", key: "C", fields: [], asks: true },
	{ name: "object", key: "J", fields: [must("reason", "field.reason")] },
	{ name: "approve", key: "Y", fields: [], asks: true },
	{ name: "return", key: "N", fields: [must("reason", "field.reason")] },
	{
		name: "close",
		key: "X",
		fields: [must("outcome", "field.outcome"), may("reason", "field.reason"), may("to", "field.to"), may("how", "field.how")],
	},
	{ name: "reopen", key: "O", fields: [must("reason", "field.reason")] },
	{ name: "decline", key: "E", fields: [must("reason", "field.reason")] },
	{ name: "press_on", key: "P", fields: [may("text", "field.text")] },
	{ name: "review", key: "V", fields: [may("text", "field.text")] },
	{ name: "reviewed", key: "I", fields: [must("text", "field.text")] },
	{ name: "assign", key: "Z", fields: [must("coordinator", "field.coordinator"), may("reason", "field.reason")] },
	{ name: "release", key: "F", fields: [may("reason", "field.reason")] },
	{ name: "classify", key: "K", fields: [may("category", "field.category"), may("priority", "field.priority"), may("subject", "field.subject")] },
	{ name: "set_need", key: "T", fields: [may("needed_by", "field.needed_by"), may("need", "field.need")] },
	{ name: "add_reference", key: "L", fields: [must("type", "field.type"), must("value", "field.value")] },
	{ name: "remove_reference", key: "", fields: [must("type", "field.type"), must("value", "field.value")] },
	{ name: "add_enterprise", key: "", fields: [must("uscc", "field.uscc"), must("role", "field.role")] },
	{ name: "remove_enterprise", key: "", fields: [must("uscc", "field.uscc")] },
	{ name: "move", key: "M", fields: [must("entries", "field.entries"), must("to", "field.to_case")] },
	{ name: "split", key: "H", fields: [must("subject", "field.subject"), must("entries", "field.entries"), may("category", "field.category")] },
	{ name: "merge", key: "", fields: [must("into", "field.into")] },
	{ name: "unmerge", key: "", fields: [must("merged", "field.merged"), must("reason", "field.reason")] },
	{ name: "withdraw", key: "", fields: [], asks: true },
];

export type Draft = Partial<Record<FieldName, string>>;

export function offered(actions: readonly string[]): Command[] {
	return COMMANDS.filter((command) => actions.includes(command.name));
}

/** Results that the lifecycle takes only with words about why. */
const NEED_WORDS = new Set(["explained", "referred", "no_fault_found"]);

export function isRequired({ name, required }: Field, draft: Draft): boolean {
	if (required) return true;
	if (name === "to" || name === "how") return draft.outcome === "referred";
	if (name === "readers") return draft.audience === "sealed";
	if (name === "need") return (draft.needed_by ?? "") !== "";
	return name === "reason" && NEED_WORDS.has(draft.outcome ?? "");
}

/** A field that only another one's value brings up. */
export function isShown(field: Field, draft: Draft): boolean {
	return field.required || !["to", "how", "readers", "need"].includes(field.name) || isRequired(field, draft);
}

const words = (value: string): string[] => value.split(/[\s,，、;；]+/).filter((word) => word !== "");

/** What a field's text is in the body, where that is not just the text. */
const VALUES: Partial<Record<FieldName, (value: string) => unknown>> = {
	coordinator: Number,
	entries: (value) => words(value).map(Number),
	readers: words,
	needed_by: (value) => `${value.length === 16 ? `${value}:00` : value}+08:00`,
};
const NAMES: Partial<Record<FieldName, string>> = { need: "reason" };

/** The first required field that is still empty. */
export function firstMissing(command: Command, draft: Draft): Field | null {
	return command.fields.find((field) => isRequired(field, draft) && (draft[field.name] ?? "").trim() === "") ?? null;
}

export function bodyOf(command: Command, draft: Draft, version: number): Record<string, unknown> {
	const body: Record<string, unknown> = { version };
	for (const field of command.fields) {
		const { name } = field;
		const value = (draft[name] ?? "").trim();
		if (value !== "" && isShown(field, draft)) body[NAMES[name] ?? name] = VALUES[name]?.(value) ?? value;
	}
	return body;
}

export function firstDraft(command: Command, unit: string | null): Draft {
	const draft: Draft = {};
	if (command.fields.some((field) => field.name === "department") && unit !== null) draft.department = unit;
	if (command.name === "answer_and_close") draft.outcome = "solved";
	return draft;
}

const drafts = new Map<string, Draft>();
/** Drafts outlive the drawer and a sign-in that ran out, not the page. */
export const DRAFTS_MAX = 50;

export function readDraft(caseId: number, name: CommandName): Draft | undefined {
	return drafts.get(`${caseId}:${name}`);
}

export function keepDraft(caseId: number, name: CommandName, draft: Draft | null): void {
	const key = `${caseId}:${name}`;
	drafts.delete(key);
	if (draft !== null) drafts.set(key, draft);
	const oldest = drafts.keys().next();
	if (drafts.size > DRAFTS_MAX && !oldest.done) drafts.delete(oldest.value);
}

export function forgetDrafts(): void {
	drafts.clear();
}
