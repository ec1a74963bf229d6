import { describe, expect, it } from "vitest";
import { type Translate, translate } from "./translate.ts";
import { clockSeconds, dayTime, fullTime, type Limit, span, timeLeft } from "./when.ts";

const zh: Translate = (key, values) => translate("zh-CN", key, values);
const ru: Translate = (key, values) => translate("ru", key, values);
const MINUTE = 60_000;
/** Monday 2026-11-23 11:08 in Beijing. */
const NOW = Date.UTC(2026, 10, 23, 3, 8);
const OPENED = NOW - 60 * MINUTE;

function limit(minutes: number | null, more: Partial<Limit> = {}): Limit {
	const due = minutes === null ? null : NOW + minutes * MINUTE;
	return { due, from: OPENED, paused: false, warned: false, breached: false, ...more };
}

describe("Beijing time", () => {
	it("does not depend on where the reader sits", () => {
		expect(fullTime(Date.UTC(2026, 10, 22, 16, 0, 5))).toBe("2026-11-23 00:00:05");
		expect(clockSeconds(Date.UTC(2026, 10, 22, 15, 59, 59))).toBe("23:59:59");
	});

	it.each([
		[0, "今日 11:08"],
		[24 * 60, "明日 11:08"],
		[-12 * 60, "昨日 23:08"],
		[7 * 24 * 60, "11-30 11:08"],
		[60 * 24 * 60, "2027-01-22 11:08"],
	])("says %i minutes from now as %s", (minutes, text) => {
		expect(dayTime(zh, NOW + minutes * MINUTE, NOW)).toBe(text);
	});
});

describe("a span", () => {
	it.each([
		[22, "22 分"],
		[60, "1 时 0 分"],
		[1439, "23 时 59 分"],
		[1440 * 3 + 245, "3 天 4 时"],
		[-5, "5 分"],
	])("of %i minutes is %s", (minutes, text) => {
		expect(span(zh, minutes * MINUTE)).toBe(text);
	});
});

describe("time left", () => {
	it.each<[string, Limit, string, string]>([
		["plenty today", limit(130), "剩 2 时 10 分", "calm"],
		["under an hour is counted even over midnight", limit(59), "剩 59 分", "calm"],
		["a few minutes", limit(6), "剩 6 分", "near"],
		["under one minute", limit(0.5), "剩不到 1 分", "near"],
		["the very moment", limit(0), "超时 0 分", "over"],
		["past", limit(-185), "超时 3 时 5 分", "over"],
		["tomorrow", limit(22 * 60), "明日 09:08 止", "calm"],
		["next week", limit(7 * 24 * 60), "11-30 11:08 止", "calm"],
		["warned by the server", limit(130, { warned: true }), "剩 2 时 10 分", "near"],
		["paused, even when past", limit(-10, { paused: true }), "暂停中", "paused"],
		["no limit", limit(null), "无时限", "none"],
	])("%s", (_, given, text, urgency) => {
		expect(timeLeft(zh, given, NOW)).toMatchObject({ text, urgency });
	});

	it("keeps the bar between empty and full", () => {
		expect(timeLeft(zh, limit(-9), NOW).share).toBe(0);
		expect(timeLeft(zh, limit(60), NOW).share).toBe(0.5);
		expect(timeLeft(zh, limit(60, { from: NOW + 5 * MINUTE }), NOW).share).toBe(1);
		expect(timeLeft(zh, limit(-9, { from: NOW }), NOW).share).toBe(0);
	});

	it("speaks Russian", () => {
		expect(timeLeft(ru, limit(-185), NOW).text).toBe("просрочено 3 ч 5 мин");
	});
});
