import { useNames, useUser } from "../app/context.tsx";
import { useNow } from "../app/live.tsx";
import { TierChip } from "../board/Chips.tsx";
import { deadline } from "../board/order.ts";
import { TimeLeft } from "../board/TimeLeft.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { dayTime } from "../i18n/when.ts";
import type { CaseFull } from "../live/wire.ts";
import { Facts, Section } from "./Section.tsx";

/** Whose turn it is and until when: the two things to see before anything else. */
export function Turn({ full }: { full: CaseFull }) {
	const { t } = useI18n();
	const user = useUser();
	const now = useNow(5000);
	const row = full.case;
	const mine = row.turn === "coordinator" && row.coordinator !== null && row.coordinator.id === user.coordinator_id;
	const who = mine ? t("turn.me") : t(`turn.${row.turn}`);
	return (
		<div className="turn" data-mine={mine || undefined}>
			<div>
				<span className="quiet">{t("case.turn")}</span>
				<strong>
					{who}
					{row.turn === "coordinator" && !mine && row.coordinator && `: ${row.coordinator.name}`}
				</strong>
			</div>
			{row.closed_at === null && (
				<div className="turn-left">
					<TimeLeft limit={deadline(row)} now={now} />
				</div>
			)}
			{row.outcome !== null && <Outcome code={row.outcome} />}
		</div>
	);
}

function Outcome({ code }: { code: string }) {
	const { t, word } = useI18n();
	return (
		<div>
			<span className="quiet">{t("case.outcome")}</span>
			<strong>{word("outcome", code)}</strong>
		</div>
	);
}

export function Words({ full }: { full: CaseFull }) {
	const { t } = useI18n();
	if (full.case.text === "") return null;
	return (
		<Section title={t("case.text")}>
			<p className="foreign-text said" lang={full.case.language ?? undefined}>
				{full.case.text}
			</p>
		</Section>
	);
}

function contactText(contact: CaseFull["contact"]): string | null {
	if (contact === null) return null;
	return [contact.name, contact.phone].filter(Boolean).join("  ") || null;
}

export function Summary({ full }: { full: CaseFull }) {
	const { t, word } = useI18n();
	const { unit, category } = useNames();
	const now = useNow(60_000);
	const row = full.case;
	const contact = contactText(full.contact);
	return (
		<Section title={t("case.enterprises")}>
			<ul className="enterprises">
				{full.enterprises.map((one) => (
					<li key={`${one.id}-${one.role}`}>
						<span className="foreign">{one.name}</span> <TierChip tier={one.tier} />
						<span className="quiet">
							{word("erole", one.role)} {one.uscc}
						</span>
					</li>
				))}
				{full.enterprises.length === 0 && <li className="quiet">{row.enterprise?.name ?? t("unbound")}</li>}
			</ul>
			<Facts
				facts={[
					[t("case.opened"), `${dayTime(t, row.opened_at, now)} · ${t(`channel.${row.channel}`)}`],
					row.repeats > 0 && ["", t("case.repeats", { n: row.repeats })],
					row.category !== null && [t("case.category"), category(row.category)],
					row.goods_unit !== null && [t("case.goods"), `${row.goods_unit} ${unit(row.goods_unit)}`],
					row.needed_by !== null && [
						t("case.needed"),
						<span key="needed" className="foreign">
							{dayTime(t, row.needed_by, now)} {row.needed_reason}
						</span>,
					],
					contact !== null && [t("case.contact"), <span key="contact" className="foreign">{contact}</span>],
					row.first_asked !== null && [t("case.first_asked"), row.first_asked.name],
				]}
			/>
		</Section>
	);
}

export function Parties({ full }: { full: CaseFull }) {
	const { t, word } = useI18n();
	const { unit } = useNames();
	if (full.parties.length === 0) return null;
	return (
		<Section title={t("case.parties")}>
			<ul className="parties">
				{full.parties.map((party) => (
					<li key={party.party}>
						<span className="chip" data-tone={party.lead ? "accent" : "plain"}>
							{t(party.lead ? "case.lead" : "case.joint")}
						</span>
						<span>
							{party.unit === null ? party.body : unit(party.unit)} {party.coordinator?.name}
						</span>
						<span className="quiet">{word("capacity", party.capacity)}</span>
						{!party.lead && <span className="quiet">{word("partystate", party.state)}</span>}
						{party.result !== null && <p>{party.result}</p>}
					</li>
				))}
			</ul>
		</Section>
	);
}
