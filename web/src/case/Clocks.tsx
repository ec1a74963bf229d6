import { useNow } from "../app/live.tsx";
import type { Deadline } from "../board/order.ts";
import { TimeLeft } from "../board/TimeLeft.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { keyFor } from "../i18n/translate.ts";
import { dayTime } from "../i18n/when.ts";
import type { CaseClock, CaseFull } from "../live/wire.ts";
import { isDone, clockOrder } from "./clockOrder.ts";
import { Facts, Section } from "./Section.tsx";

function limitOf(clock: CaseClock): Deadline {
	return {
		kind: clock.kind,
		due: clock.due_at,
		from: clock.started_at,
		paused: clock.state === "paused",
		warned: clock.state === "warned",
		breached: clock.state === "breached",
	};
}

function useAmount() {
	const { t } = useI18n();
	return ({ amount, unit }: { amount: number; unit: string }) => {
		const key = keyFor("amount", unit);
		return key === null ? `${amount} ${unit}` : t(key, { n: amount });
	};
}

function Explained({ clock, now }: { clock: CaseClock; now: number }) {
	const { t, word } = useI18n();
	const amount = useAmount();
	const { policy } = clock;
	return (
		<details className="explained">
			<summary>{t("clocks.why")}</summary>
			<Facts
				facts={[
					policy !== null && [
						t("clocks.policy"),
						t("clocks.policy.text", { code: policy.code, version: policy.version, amount: amount(policy) }),
					],
					clock.calendar !== null && [t("clocks.calendar"), word("calendar", clock.calendar)],
					clock.segments.length > 0 && [
						t("clocks.segments"),
						<ol key="segments">
							{clock.segments.map((segment) => (
								<li key={`${segment.from}-${segment.kind}`}>
									<span className="mono">
										{dayTime(t, segment.from, now)} – {segment.to === null ? "…" : dayTime(t, segment.to, now)}
									</span>{" "}
									{t(segment.kind === "pause" ? "clocks.pause" : "clocks.run")}{" "}
									<span className="quiet foreign">{word("segment", segment.why)}</span>
								</li>
							))}
						</ol>,
					],
				]}
			/>
		</details>
	);
}

function Clock({ clock, now }: { clock: CaseClock; now: number }) {
	const { t, word } = useI18n();
	return (
		<li className="clock" data-state={clock.state}>
			{isDone(clock) ? (
				<p>
					{word("clock", clock.kind)}{" "}
					<span className="quiet">
						{clock.met_at === null ? t(`clockstate.${clock.state}`) : t("clocks.met", { at: dayTime(t, clock.met_at, now) })}
					</span>
				</p>
			) : (
				<>
					<TimeLeft limit={limitOf(clock)} now={now} />
					<p className="quiet">
						{clock.due_at !== null && t("clocks.due", { at: dayTime(t, clock.due_at, now) })}
						{" · "}
						{t("clocks.started", { at: dayTime(t, clock.started_at, now) })}
						{clock.cycle > 1 && ` · ${t("clocks.cycle", { n: clock.cycle })}`}
					</p>
				</>
			)}
			<Explained clock={clock} now={now} />
		</li>
	);
}

export function Clocks({ full }: { full: CaseFull }) {
	const { t } = useI18n();
	const now = useNow(5000);
	return (
		<Section title={t("clocks.title")}>
			{full.clocks.length === 0 && <p className="quiet">{t("clocks.none")}</p>}
			<ul className="clocks">
				{clockOrder(full.clocks).map((clock) => (
					<Clock key={clock.id} clock={clock} now={now} />
				))}
			</ul>
		</Section>
	);
}
