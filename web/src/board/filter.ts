/** What the reader wants to see of the queue: matched here on live rows, and asked of the server when it knows more. */
import type { CaseQuery } from "../api/api.ts";
import type { UnitTree } from "../app/units.ts";
import { dayOf } from "../i18n/when.ts";
import { isOpen } from "../live/store.ts";
import type { OPEN_STATES, Row } from "../live/wire.ts";

export type OpenState = (typeof OPEN_STATES)[number];
export const WHO = ["all", "mine", "none"] as const;

export interface Filter {
	who: (typeof WHO)[number];
	state: OpenState | null;
	overdue: boolean;
	today: boolean;
	closed: boolean;
	unit: string | null;
	text: string;
}

export const NO_FILTER: Filter = {
	who: "all", state: null, overdue: false, today: false, closed: false, unit: null, text: "",
};

export interface Seen {
	coordinatorId: number | null;
	now: number;
	tree: UnitTree;
	/** Cases the server found for this very filter: it also looks into references, which rows do not carry. */
	found: ReadonlySet<number>;
}

/** Full-width letters and digits, letter case and blanks make no difference. */
export function fold(text: string): string {
	return text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
}

/** As the server counts: the nearer of promise and need is past. */
export function isOverdue(row: Row, now: number): boolean {
	return isOpen(row) && row.due_at !== null && row.due_at < now;
}

function isDueToday(row: Row, now: number): boolean {
	return row.due_at !== null && row.due_at >= now && dayOf(row.due_at) === dayOf(now);
}

function matchesText(row: Row, wanted: string): boolean {
	if (wanted === "") return true;
	const fields = [row.number, row.number.replaceAll("-", ""), row.subject, row.enterprise?.name, row.enterprise?.uscc];
	return fields.some((field) => field != null && fold(field).includes(wanted));
}

function matchesWho(row: Row, filter: Filter, seen: Seen): boolean {
	if (filter.who === "none") return row.coordinator === null;
	if (filter.who === "mine") return row.coordinator !== null && row.coordinator.id === seen.coordinatorId;
	return true;
}

export function matches(row: Row, filter: Filter, seen: Seen): boolean {
	if (isOpen(row) === filter.closed) return false;
	if (filter.state !== null && row.state !== filter.state) return false;
	if (!matchesWho(row, filter, seen)) return false;
	if (filter.unit !== null && !seen.tree.isUnder(row.unit, filter.unit)) return false;
	if (filter.today && !isDueToday(row, seen.now)) return false;
	if (filter.overdue && !isOverdue(row, seen.now) && !seen.found.has(row.id)) return false;
	return matchesText(row, fold(filter.text)) || seen.found.has(row.id);
}

export function toQuery(filter: Filter): CaseQuery {
	const query: CaseQuery = { view: filter.closed ? "closed" : "open" };
	if (filter.state !== null) query.state = filter.state;
	if (filter.unit !== null) query.unit = filter.unit;
	if (filter.who !== "all") query.coordinator = filter.who === "mine" ? "me" : "none";
	if (filter.overdue) query.overdue = "true";
	const text = filter.text.normalize("NFKC").trim();
	if (text !== "") query.q = text;
	return query;
}

export function isFiltered(filter: Filter): boolean {
	return JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
}
