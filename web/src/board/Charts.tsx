import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, type EChartsType, init, use as useParts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useMemo, useRef } from "react";
import { useNames } from "../app/context.tsx";
import { useLive } from "../app/live.tsx";
import { useMedia, useMode, usePrefs } from "../app/prefs.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { clockTime } from "../i18n/when.ts";
import type { Counters } from "../live/wire.ts";
import { fontFor, PALETTES } from "../theme/tokens.ts";
import { busiestUnits, hoursOption, unitsOption, type Words } from "./chartOptions.ts";

useParts([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

function Chart({ option, onPick }: { option: EChartsCoreOption; onPick?: (index: number) => void }) {
	const box = useRef<HTMLDivElement>(null);
	const chart = useRef<EChartsType | null>(null);
	const pick = useRef(onPick);
	pick.current = onPick;
	useEffect(() => {
		const element = box.current;
		if (element === null) return;
		const made = init(element);
		chart.current = made;
		made.on("click", (event) => pick.current?.(event.dataIndex));
		const observer = new ResizeObserver(() => made.resize());
		observer.observe(element);
		return () => {
			observer.disconnect();
			made.dispose();
			chart.current = null;
		};
	}, []);
	useEffect(() => chart.current?.setOption(option), [option]);
	return <div className="chart-canvas" ref={box} aria-hidden="true" />;
}

/** The same figures for those who do not see the drawing. */
function Table({ caption, head, rows }: { caption: string; head: readonly string[]; rows: readonly (readonly (string | number)[])[] }) {
	return (
		<div className="only-read">
		<table>
			<caption>{caption}</caption>
			<thead>
				<tr>{head.map((cell) => <th key={cell} scope="col">{cell}</th>)}</tr>
			</thead>
			<tbody>
				{rows.map((row) => (
					<tr key={row[0]}>{row.map((cell, i) => <td key={head[i]}>{cell}</td>)}</tr>
				))}
			</tbody>
		</table>
		</div>
	);
}

const NO_HOURS: Counters["hours"] = [];
const NO_UNITS: Counters["by_unit"] = [];

export default function Charts({ onUnit }: { onUnit(code: string): void }) {
	const { t, language } = useI18n();
	const { unit } = useNames();
	const hours = useLive((state) => state.counters?.hours ?? NO_HOURS);
	const units = useLive((state) => state.counters?.by_unit ?? NO_UNITS);
	const mode = useMode(usePrefs().theme);
	const moving = !useMedia("(prefers-reduced-motion: reduce)");
	const [byHour, byUnit] = useMemo(() => {
		const words: Words = {
			opened: t("chart.opened"), closed: t("chart.closed"), open: t("chart.open"), overdue: t("chart.overdue"), unit,
		};
		const looks = [PALETTES[mode], words, fontFor(language), moving] as const;
		return [hoursOption(hours, ...looks), unitsOption(units, ...looks)];
	}, [hours, units, unit, t, language, mode, moving]);
	return (
		<>
			<figure className="chart">
				<figcaption>{t("chart.hours")}</figcaption>
				<Chart option={byHour} />
				<Table
					caption={t("chart.table")}
					head={[t("chart.hour"), t("chart.opened"), t("chart.closed")]}
					rows={hours.map((hour) => [clockTime(hour.at), hour.opened, hour.closed])}
				/>
			</figure>
			<figure className="chart">
				<figcaption>{t("chart.units")}</figcaption>
				<Chart option={byUnit} onPick={(i) => busiestUnits(units)[i] && onUnit(busiestUnits(units)[i]?.unit ?? "")} />
				<Table
					caption={t("chart.table")}
					head={[t("filter.unit"), t("chart.open"), t("chart.overdue")]}
					rows={busiestUnits(units).map((one) => [unit(one.unit), one.open, one.overdue])}
				/>
			</figure>
		</>
	);
}
