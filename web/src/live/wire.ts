/**
 * Everything that crosses the wire, as decoders; the types follow from them.
 * Times become milliseconds since 1970. Words whose list may grow stay strings.
 */
import {
	asRecord, bool, DecodeError, type Decoder, id, list, mapOf, nullable, num, obj, type Of, oneOf, oneOfOr, or, str, time,
} from "./decode.ts";

export const PROTOCOL = 1;
export const SUBPROTOCOL = "qingling.v1";

export const STATES = ["received", "assigned", "working", "waiting_enterprise", "answered", "closed", "merged"] as const;
export const OPEN_STATES = ["received", "assigned", "working", "waiting_enterprise", "answered"] as const;
export const AUDIENCES = ["public", "parties", "unit", "sealed"] as const;
export const OUTCOMES = [
	"solved", "explained", "referred", "withdrawn", "unreachable", "self_recovered", "no_fault_found",
] as const;
export const CALL_RESULTS = ["reached", "no_answer", "busy", "wrong_number"] as const;
const LEVELS = ["named", "deputy", "office", "district", "national", "duty", "supervisor", "none"] as const;
const CLOCK_STATES = ["running", "warned", "breached", "paused", "met", "stopped"] as const;

const person = obj({ id, name: str });
const enterprise = obj({ id, name: str, uscc: nullable(str) });
const tier = oneOfOr(["aeo", "certified", "regular", "dishonest"], "unknown");
const level = oneOfOr(LEVELS, "unknown");

const rowShape = {
	id,
	number: str,
	version: id,
	procedure: str,
	state: oneOf(STATES),
	subject: str,
	category: nullable(str),
	priority: oneOfOr(["urgent", "high"], "normal"),
	channel: oneOfOr(["portal", "wechat", "wecom", "mail", "counter", "hotline", "notice"], "other"),
	tier,
	enterprise: nullable(enterprise),
	unit: nullable(str),
	district: nullable(str),
	goods_unit: nullable(str),
	coordinator: nullable(person),
	turn: oneOfOr(["duty", "coordinator", "enterprise"], "nobody"),
	opened_at: time,
	closed_at: nullable(time),
	outcome: nullable(str),
	needed_by: nullable(time),
	needed_reason: nullable(str),
	promise_at: nullable(time),
	due_at: nullable(time),
	next_clock: nullable(obj({ kind: str, due_at: time, state: oneOf(CLOCK_STATES) })),
	breached: or(list(str), []),
	why: nullable(obj({ level, load: or(num, 0), capacity: or(num, 0) })),
	messages: or(num, 0),
	repeats: or(num, 0),
	updated_at: time,
};
export const row = obj(rowShape);

export const counters = obj({
	open: num,
	unassigned: num,
	overdue: num,
	due_today: num,
	waiting_enterprise: num,
	opened_today: num,
	closed_today: num,
	faulty_messages: or(num, 0),
	oldest_open_at: nullable(time),
	by_state: or(mapOf(num), {}),
	by_unit: or(list(obj({ unit: str, open: num, overdue: num })), []),
	hours: or(list(obj({ at: time, opened: num, closed: num })), []),
});

export const rosterRow = obj({
	id,
	name: str,
	unit: str,
	load: num,
	capacity: num,
	on_duty: bool,
	available: bool,
	until: nullable(time),
	skills: or(list(str), []),
	languages: or(list(str), []),
	pools: or(list(str), []),
});

/** Below zero says the same as null: it never came back. */
const canary: Decoder<number | null> = (value, path) => {
	const ms = nullable(num)(value, path);
	return ms !== null && ms < 0 ? null : ms;
};

export const river = obj({ canary_ms: canary, lag: or(num, 0), timer_late_ms: or(num, 0), ok: bool });

const actor = obj({
	kind: oneOfOr(["coordinator", "supervisor", "enterprise"], "system"),
	id: nullable(id),
	name: nullable(str),
});

export const item = obj({
	version: id,
	event: str,
	at: time,
	actor,
	// An audience this page does not know is shown as the most guarded one.
	entry: nullable(obj({ id, audience: oneOfOr(AUDIENCES, "sealed"), text: str, delivery: nullable(str), moved_to: or(nullable(str), null) })),
	data: or((value, path) => asRecord(value, path), {}),
});

/** Skills given up are named by code; a bare number names nobody and counts only. */
const nameOrNumber: Decoder<string> = (value, path) => (typeof value === "number" ? "" : str(value, path));

const score = obj({ match: or(num, 0), load: or(num, 0), capacity: or(num, 0), idle_s: or(num, 0) });

export const choice = obj({
	level,
	chosen: nullable(id),
	considered: or(num, 0),
	removed: or(mapOf(num), {}),
	relaxed: or(list(nameOrNumber), []),
	overridden: or(list(str), []),
	candidates: or(
		list(obj({ id, name: or(str, ""), level, removed_by: nullable(str), score: nullable(score) })),
		[],
	),
});

const clock = obj({
	id,
	kind: str,
	cycle: or(num, 1),
	state: oneOf(CLOCK_STATES),
	started_at: time,
	due_at: nullable(time),
	met_at: nullable(time),
	policy: nullable(obj({ code: str, amount: num, unit: str, version: or(num, 1) })),
	calendar: nullable(str),
	segments: or(
		list(obj({ kind: oneOfOr(["pause"], "run"), from: time, to: nullable(time), why: or(str, "") })),
		[],
	),
});

export const caseFull = obj({
	case: obj({ ...rowShape, text: or(str, ""), language: nullable(str), first_asked: nullable(person) }),
	enterprises: or(list(obj({ id, name: str, uscc: nullable(str), role: str, tier })), []),
	parties: or(
		list(
			obj({
				party: or(num, 0), unit: nullable(str), body: nullable(str), capacity: str, lead: bool, coordinator: nullable(person), state: or(str, ""),
				due_at: nullable(time), wanted: nullable(str), contribution: nullable(str), result: nullable(str),
			}),
		),
		[],
	),
	references: or(
		list(
			obj({
				type: str,
				value: str,
				valid: bool,
				fault: nullable(obj({ code: str, position: nullable(num), zh: or(str, ""), en: or(str, "") })),
			}),
		),
		[],
	),
	contact: nullable(obj({ name: nullable(str), phone: nullable(str) })),
	clocks: or(list(clock), []),
	timeline: or(list(item), []),
	notices: or(
		list(obj({ code: str, name_zh: str, name_en: str, rank: or(num, 0), at: time, note: nullable(str) })),
		[],
	),
	why: nullable(choice),
	actions: or(list(str), []),
});

export const casePage = obj({ items: list(row), next: nullable(str) });
export const commandAnswer = obj({ case: row });
export const rosterAnswer = obj({ items: list(rosterRow) });

/** How one may sign in besides a password; oidc null: not at all. */
export const signInWays = obj({ oidc: nullable(obj({ name: str, path: str })) });
export type SignInWays = Of<typeof signInWays>;

export const session = obj({
	user: obj({
		id,
		login: str,
		name: str,
		role: oneOf(["supervisor", "coordinator", "enterprise", "agent", "administrator", "security", "auditor", "kiosk"]),
		language: oneOfOr(["en", "ru"], "zh-CN"),
		unit: nullable(obj({ code: str, name_zh: str, name_en: str })),
		enterprise: nullable(obj({ id, uscc: nullable(str), name: str })),
		coordinator_id: nullable(id),
	}),
	csrf: str,
	expires_at: nullable(time),
});

const named = { code: str, name_zh: str, name_en: or(str, ""), name_ru: or(str, "") };
export const reference = obj({
	version: or(num, 0),
	units: or(list(obj({ ...named, kind: or(str, ""), parent: nullable(str) })), []),
	categories: or(list(obj({ ...named, kind: or(str, "") })), []),
	skills: or(list(obj(named)), []),
	classes: or(list(obj({ ...named, scheme: or(str, ""), tier: or(str, "unknown") })), []),
});

export const problem = obj({
	title: or(str, ""),
	status: or(num, 0),
	code: or(str, "internal"),
	detail: or(str, ""),
	field: nullable(str),
	state: nullable(str),
	allowed: or(list(str), []),
	current: nullable(row),
	changed: or(list(item), []),
});

export type Row = Of<typeof row>;
export type CaseState = Row["state"];
export type Counters = Of<typeof counters>;
export type RosterRow = Of<typeof rosterRow>;
export type River = Of<typeof river>;
export type Item = Of<typeof item>;
export type Audience = (typeof AUDIENCES)[number];
export type Choice = Of<typeof choice>;
export type CaseFull = Of<typeof caseFull>;
export type CaseClock = CaseFull["clocks"][number];
export type Session = Of<typeof session>;
export type Reference = Of<typeof reference>;
export type Problem = Of<typeof problem>;

const messages = {
	welcome: obj({ protocol: num, resumed: bool, heartbeat_s: num, now: time }),
	snapshot: obj({ position: str, rows: list(row), total: num, counters }),
	event: obj({ position: str, case: row, event: obj({ name: str, version: id, at: time, actor: nullable(actor) }) }),
	gone: obj({ position: str, id }),
	counters: obj({ counters }),
	roster: obj({ items: list(rosterRow) }),
	resync: obj({ reason: str }),
	beat: obj({ now: time, position: nullable(str), river: nullable(river) }),
};
type Messages = typeof messages;
type Kind = keyof Messages;
type Tagged<K extends Kind> = { type: K } & Of<Messages[K]>;

/** A message of a type this page does not know is `ignored`: the server may be newer than the page. */
export type ServerMessage = { [K in Kind]: Tagged<K> }[Kind] | { type: "ignored"; name: string };

export type ClientMessage = { type: "hello"; protocol: number; position: string | null } | { type: "beat" };

function known(name: string): name is Kind {
	return Object.hasOwn(messages, name);
}

export const serverMessage: Decoder<ServerMessage> = (value, path) => {
	const from = asRecord(value, path);
	const type = str(from["type"], "type");
	if (!known(type)) return { type: "ignored", name: type };
	// The gateway may put the river's health into the beat itself or under `river`.
	const body = type === "beat" && from["river"] === undefined && from["ok"] !== undefined ? { ...from, river: from } : from;
	const decode = messages[type] as Decoder<object>;
	return { type, ...decode(body, path) } as ServerMessage;
};

export function decodeFrame(text: string): ServerMessage {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new DecodeError("", "JSON");
	}
	return serverMessage(value, "");
}
