/** Wire samples for tests. */
import { row, type Row } from "./wire.ts";

export const rawRow = {
	id: 7,
	number: "261123-00417-5",
	version: 3,
	procedure: "coordination",
	state: "working",
	subject: "放行后港区不予装船",
	category: "released_not_loaded",
	priority: "urgent",
	channel: "wechat",
	tier: "aeo",
	enterprise: { id: 5, name: "上海荣泰健康科技股份有限公司", uscc: "913100007449143662" },
	unit: "2222",
	district: "2200",
	goods_unit: "2248",
	coordinator: { id: 11, name: "林*" },
	turn: "coordinator",
	opened_at: "2026-11-23T01:01:00.123456Z",
	closed_at: null,
	outcome: null,
	needed_by: "2026-11-23T10:00:00Z",
	needed_reason: "截关",
	promise_at: "2026-11-30T09:00:00Z",
	due_at: "2026-11-23T10:00:00Z",
	next_clock: { kind: "next_response", due_at: "2026-11-23T03:30:00Z", state: "running" },
	breached: [],
	why: { level: "named", load: 13, capacity: 20 },
	messages: 3,
	repeats: 0,
	updated_at: "2026-11-23T03:06:00Z",
};

export const rawCounters = {
	open: 2, unassigned: 0, overdue: 1, due_today: 1, waiting_enterprise: 0, opened_today: 4, closed_today: 2,
	faulty_messages: 0, oldest_open_at: null, by_state: { working: 2 }, by_unit: [], hours: [], position: "x",
};

export function makeRow(change: Partial<Row> = {}): Row {
	return { ...row(rawRow, ""), ...change };
}
