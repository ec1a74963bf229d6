/** Times as text. The authority works in Beijing time, wherever the reader sits; Beijing keeps no summer time. */
import type { Translate } from "./translate.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BEIJING = 8 * HOUR;

function two(n: number): string {
	return String(n).padStart(2, "0");
}

function beijing(at: number): Date {
	return new Date(at + BEIJING);
}

/** Number of the Beijing day. */
export function dayOf(at: number): number {
	return Math.floor((at + BEIJING) / DAY);
}

export function clockTime(at: number): string {
	const d = beijing(at);
	return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

export function clockSeconds(at: number): string {
	return `${clockTime(at)}:${two(beijing(at).getUTCSeconds())}`;
}

export function fullTime(at: number): string {
	const d = beijing(at);
	return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${clockSeconds(at)}`;
}

/** 今日 17:00, 明日 09:00, 11-30 17:00, 2025-11-30 17:00: as short as it can be said. */
export function dayTime(t: Translate, at: number, now: number): string {
	const time = clockTime(at);
	const days = dayOf(at) - dayOf(now);
	if (days === 0) return t("day.today", { time });
	if (days === 1) return t("day.tomorrow", { time });
	if (days === -1) return t("day.yesterday", { time });
	const d = beijing(at);
	const date = `${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${time}`;
	return d.getUTCFullYear() === beijing(now).getUTCFullYear() ? date : `${d.getUTCFullYear()}-${date}`;
}

export function span(t: Translate, ms: number): string {
	const minutes = Math.floor(Math.abs(ms) / MINUTE);
	if (minutes < 60) return t("span.minutes", { m: minutes });
	if (minutes < 24 * 60) return t("span.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
	return t("span.days", { d: Math.floor(minutes / 1440), h: Math.floor((minutes % 1440) / 60) });
}

export type Urgency = "none" | "calm" | "near" | "over" | "paused";

export interface Left {
	text: string;
	urgency: Urgency;
	/** Share of the time that is left, 0..1; null when it cannot be said. */
	share: number | null;
}

export interface Limit {
	due: number | null;
	from: number;
	paused: boolean;
	/** The server has said that it is near or over, which may come before our clock says so. */
	warned: boolean;
	breached: boolean;
}

const NEAR_SHARE = 0.25;
const NEAR_MS = 10 * MINUTE;

function leftText(t: Translate, left: number, due: number, now: number): string {
	if (left <= 0) return t("left.over", { span: span(t, left) });
	if (left < MINUTE) return t("left.soon");
	if (left < HOUR || dayOf(due) === dayOf(now)) return t("left.left", { span: span(t, left) });
	return t("left.at", { at: dayTime(t, due, now) });
}

export function timeLeft(t: Translate, limit: Limit, now: number): Left {
	const { due, from } = limit;
	if (due === null) return { text: t("left.none"), urgency: "none", share: null };
	const left = due - now;
	if (limit.paused) return { text: t("left.paused"), urgency: "paused", share: null };
	const share = due > from ? Math.min(1, Math.max(0, left / (due - from))) : 0;
	const over = limit.breached || left <= 0;
	const near = limit.warned || share < NEAR_SHARE || left < NEAR_MS;
	return { text: leftText(t, left, due, now), urgency: over ? "over" : near ? "near" : "calm", share };
}
