import { useI18n } from "../i18n/i18n.tsx";
import type { Row } from "../live/wire.ts";
import { STATE_TONES, TIER_TONES } from "./tones.ts";

export function StateChip({ state }: { state: Row["state"] }) {
	const { t } = useI18n();
	return (
		<span className="chip" data-tone={STATE_TONES[state]}>
			{t(`state.${state}`)}
		</span>
	);
}

export function TierChip({ tier }: { tier: Row["tier"] }) {
	const { t } = useI18n();
	if (tier === "unknown") return null;
	return (
		<span className="chip" data-tone={TIER_TONES[tier]} title={t(`tiername.${tier}`)}>
			{t(`tier.${tier}`)}
		</span>
	);
}

export function PriorityChip({ priority }: { priority: Row["priority"] }) {
	const { t } = useI18n();
	if (priority === "normal") return null;
	return (
		<span className="chip" data-tone={priority === "urgent" ? "danger" : "warn"}>
			{t(`priority.${priority}`)}
		</span>
	);
}
