import { WarningOutlined } from "@ant-design/icons";
import { useLive, useNow } from "../app/live.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { clockSeconds } from "../i18n/when.ts";
import { shownPhase } from "./phase.ts";

function useShownPhase() {
	const phase = useLive((state) => state.phase);
	const heardAt = useLive((state) => state.heardAt);
	const heartbeatMs = useLive((state) => state.heartbeatMs);
	const skew = useLive((state) => state.skew);
	const now = useNow(1000);
	return { shown: shownPhase({ phase, heardAt, heartbeatMs }, now - skew), now, heardAt: heardAt + skew };
}

export function LiveState() {
	const { t } = useI18n();
	const { shown, now, heardAt } = useShownPhase();
	return (
		<div className="live-state" data-testid="live-state" data-phase={shown}>
			<span className="live-dot" aria-hidden="true" />
			<span role="status">{t(shown === "live" ? "live.live" : shown === "connecting" ? "live.connecting" : "live.reconnecting")}</span>
			{shown !== "connecting" && <time className="mono">{clockSeconds(shown === "live" ? now : heardAt)}</time>}
		</div>
	);
}

export function StaleBand() {
	const { t } = useI18n();
	const { shown, heardAt } = useShownPhase();
	if (shown !== "stale") return null;
	return (
		<div className="stale-band" role="alert">
			<WarningOutlined aria-hidden="true" /> {t("live.stale", { at: clockSeconds(heardAt) })}
		</div>
	);
}
