import { lazy, Suspense } from "react";
import { setPrefs, useMedia, usePrefs } from "../app/prefs.ts";
import { useI18n } from "../i18n/i18n.tsx";
import "./charts.css";

const Charts = lazy(() => import("./Charts.tsx"));

/** The drawing library comes after the page stands; on a narrow screen only when asked for. */
export function ChartsSlot({ onUnit }: { onUnit(code: string): void }) {
	const { t } = useI18n();
	const { charts } = usePrefs();
	const narrow = useMedia("(max-width: 900px)");
	if (narrow && !charts) {
		return (
			<button type="button" className="charts-toggle" aria-expanded={false} onClick={() => setPrefs({ charts: true })}>
				{t("chart.show")}
			</button>
		);
	}
	return (
		<div className="charts">
			<Suspense fallback={<div className="chart-canvas" />}>
				<Charts onUnit={onUnit} />
			</Suspense>
			{narrow && (
				<button type="button" className="charts-toggle" aria-expanded onClick={() => setPrefs({ charts: false })}>
					{t("chart.hide")}
				</button>
			)}
		</div>
	);
}
