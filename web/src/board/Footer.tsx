import { useEffect } from "react";
import { useLive } from "../app/live.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { useStore } from "../app/live.tsx";
import { call } from "../api/http.ts";
import { river as riverDecoder } from "../live/wire.ts";

/** Beats bring the river's health from then on; the first figure need not wait for one. */
function useFirstHealth() {
	const store = useStore();
	const snapshots = useLive((state) => state.snapshots);
	useEffect(() => {
		if (snapshots !== 1) return;
		call("GET", "/api/v1/river", riverDecoder).then(
			(river) => store.push({ type: "river", river }),
			() => undefined,
		);
	}, [snapshots, store]);
}

export function Footer() {
	const { t } = useI18n();
	const river = useLive((state) => state.river);
	useFirstHealth();
	return (
		<footer className="foot">
			{river === null ? (
				<span>{t("river.unknown")}</span>
			) : (
				<>
					<span className="foot-state" data-ok={river.ok}>
						<span aria-hidden="true">{river.ok ? "●" : "■"}</span> {t("river.title")} {t(river.ok ? "river.ok" : "river.bad")}
					</span>
					<span>{t("river.lag", { n: river.lag })}</span>
					<span>{t("river.timer", { n: Math.round(river.timer_late_ms) })}</span>
					<span>
						{river.canary_ms === null ? t("river.canary.none") : t("river.canary", { n: Math.round(river.canary_ms) })}
					</span>
				</>
			)}
		</footer>
	);
}
