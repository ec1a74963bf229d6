/** The commands of a case as a table: which key, which fields, and from that the form and the body. */
import type { Key } from "../i18n/zh-CN.ts";

export type FieldName = "audience" | "text" | "department" | "outcome" | "reason" | "result" | "note" | "coordinator";

export interface Field {
	name: FieldName;
	label: Key;
	required: boolean;
}

export const COMMAND_NAMES = [
	"accept", "answer_and_close", "answer", "reply", "ask", "resume", "call_attempt", "close", "reopen", "assign",
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export interface Command {
	name: CommandName;
	/** Letter on the keycap; the physical key counts, so that it stays put under any input method. */
	key: string;
	fields: readonly Field[];
}

const must = (name: FieldName, label: Key): Field => ({ name, label, required: true });
const may = (name: FieldName, label: Key): Field => ({ name, label, required: false });

/** In the order of the buttons: what is done most often comes first. */
export const COMMANDS: readonly Command[] = [
	{ name: "accept", key: "A", fields: [] },
	{
		name: "answer_and_close",
		key: "D",
		fields: [must("department", "field.department"), must("text", "field.answer"), must("outcome", "field.outcome")],
	},
	{ name: "answer", key: "W", fields: [must("department", "field.department"), must("text", "field.answer")] },
	{ name: "reply", key: "R", fields: [must("audience", "actions.audience"), must("text", "field.text")] },
	{ name: "ask", key: "Q", fields: [must("text", "field.ask")] },
	{ name: "resume", key: "S", fields: [] },
	{ name: "call_attempt", key: "B", fields: [must("result", "field.result"), may("note", "field.note")] },
	{ name: "close", key: "X", fields: [must("outcome", "field.outcome"), may("reason", "field.reason")] },
	{ name: "reopen", key: "O", fields: [must("reason", "field.reason")] },
	{ name: "assign", key: "Z", fields: [must("coordinator", "field.coordinator"), may("reason", "field.reason")] },
];

export type Draft = Partial<Record<FieldName, string>>;

export function offered(actions: readonly string[]): Command[] {
	return COMMANDS.filter((command) => actions.includes(command.name));
}

/** Results that the lifecycle takes only with words about why. */
const NEED_WORDS = new Set(["explained", "referred", "no_fault_found"]);

export function isRequired({ name, required }: Field, draft: Draft): boolean {
	return required || (name === "reason" && NEED_WORDS.has(draft.outcome ?? ""));
}

/** The first required field that is still empty. */
export function firstMissing(command: Command, draft: Draft): Field | null {
	return command.fields.find((field) => isRequired(field, draft) && (draft[field.name] ?? "").trim() === "") ?? null;
}

export function bodyOf(command: Command, draft: Draft, version: number): Record<string, unknown> {
	const body: Record<string, unknown> = { version };
	for (const { name } of command.fields) {
		const value = (draft[name] ?? "").trim();
		if (value !== "") body[name] = name === "coordinator" ? Number(value) : value;
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
