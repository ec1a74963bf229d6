/** What the two charts show, as plain data for the drawing library. */
import type { EChartsCoreOption } from "echarts/core";
import { clockTime } from "../i18n/when.ts";
import type { Counters } from "../live/wire.ts";
import type { Palette } from "../theme/tokens.ts";

const UNITS_SHOWN = 6;

export interface Words {
	opened: string;
	closed: string;
	open: string;
	overdue: string;
	unit(code: string): string;
}

function common(p: Palette, font: string, moving: boolean): EChartsCoreOption {
	return {
		animation: moving,
		animationDuration: 300,
		textStyle: { fontFamily: font, color: p.soft },
		legend: {
			top: 0, right: 0, itemWidth: 12, itemHeight: 8, itemGap: 12, textStyle: { color: p.soft, fontSize: 12 },
		},
		// Names come from outside: drawn as text on the canvas, they can't become markup.
		tooltip: {
			trigger: "axis",
			renderMode: "richText",
			axisPointer: { type: "shadow" },
			backgroundColor: p.surface,
			borderColor: p.line,
			textStyle: { color: p.ink, fontSize: 12 },
		},
	};
}

function axis(p: Palette) {
	return {
		axisLabel: { color: p.soft, fontSize: 11, hideOverlap: true },
		axisLine: { lineStyle: { color: p.line } },
		axisTick: { show: false },
		splitLine: { lineStyle: { color: p.line, type: "dashed" } },
	};
}

export function hoursOption(hours: Counters["hours"], p: Palette, words: Words, font: string, moving: boolean): EChartsCoreOption {
	return {
		...common(p, font, moving),
		grid: { left: 4, right: 6, top: 26, bottom: 2, containLabel: true },
		xAxis: { type: "category", data: hours.map((hour) => clockTime(hour.at)), ...axis(p) },
		yAxis: { type: "value", minInterval: 1, splitNumber: 3, ...axis(p) },
		series: [
			{ name: words.opened, type: "bar", data: hours.map((h) => h.opened), itemStyle: { color: p.calm }, barMaxWidth: 14 },
			// A pattern besides colour: closed is a line with marks.
			{ name: words.closed, type: "line", data: hours.map((h) => h.closed), itemStyle: { color: p.good }, lineStyle: { width: 2 }, symbolSize: 5 },
		],
	};
}

export function busiestUnits(units: Counters["by_unit"]): Counters["by_unit"] {
	return [...units].sort((a, b) => b.overdue - a.overdue || b.open - a.open).slice(0, UNITS_SHOWN);
}

export function unitsOption(units: Counters["by_unit"], p: Palette, words: Words, font: string, moving: boolean): EChartsCoreOption {
	const shown = busiestUnits(units);
	return {
		...common(p, font, moving),
		grid: { left: 4, right: 14, top: 26, bottom: 2, containLabel: true },
		xAxis: { type: "value", minInterval: 1, splitNumber: 3, ...axis(p) },
		yAxis: {
			type: "category",
			inverse: true,
			data: shown.map((unit) => words.unit(unit.unit)),
			...axis(p),
			axisLabel: { color: p.soft, fontSize: 11, width: 100, overflow: "truncate" },
		},
		series: [
			{ name: words.overdue, type: "bar", stack: "all", data: shown.map((u) => u.overdue), itemStyle: { color: p.danger }, barMaxWidth: 12 },
			{ name: words.open, type: "bar", stack: "all", data: shown.map((u) => Math.max(0, u.open - u.overdue)), itemStyle: { color: p.calm }, barMaxWidth: 12 },
		],
	};
}
