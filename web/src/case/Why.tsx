import { useNames, useUser } from "../app/context.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { span } from "../i18n/when.ts";
import type { CaseFull, Choice } from "../live/wire.ts";
import { Section } from "./Section.tsx";

type Candidate = Choice["candidates"][number];

function CandidateRow({ one, chosen }: { one: Candidate; chosen: boolean }) {
	const { t, word } = useI18n();
	const { score } = one;
	const result = chosen ? t("why.picked") : one.removed_by === null ? t("why.eligible") : word("removed", one.removed_by);
	return (
		<tr data-chosen={chosen || undefined} data-removed={one.removed_by !== null || undefined}>
			<th scope="row">{one.name || `#${one.id}`}</th>
			<td>{t(`level.${one.level}`)}</td>
			<td className="figure">{score?.match ?? "–"}</td>
			<td className="figure">{score === null ? "–" : `${score.load}/${score.capacity}`}</td>
			<td className="figure">{score === null ? "–" : span(t, score.idle_s * 1000)}</td>
			<td>{result}</td>
		</tr>
	);
}

function Candidates({ why }: { why: Choice }) {
	const { t } = useI18n();
	return (
		<details className="explained">
			<summary>
				{t("why.candidates")} ({why.candidates.length})
			</summary>
			<div className="table-box" role="region" tabIndex={0} aria-label={t("why.candidates")}>
				<table className="candidates">
					<thead>
						<tr>
							<th scope="col">{t("why.name")}</th>
							<th scope="col">{t("why.level")}</th>
							<th scope="col">{t("why.match")}</th>
							<th scope="col">{t("why.load")}</th>
							<th scope="col">{t("why.idle")}</th>
							<th scope="col">{t("why.result")}</th>
						</tr>
					</thead>
					<tbody>
						{why.candidates.map((one) => (
							<CandidateRow key={one.id} one={one} chosen={one.id === why.chosen} />
						))}
					</tbody>
				</table>
			</div>
		</details>
	);
}

function Removed({ removed }: { removed: Choice["removed"] }) {
	const { t, word } = useI18n();
	const counted = Object.entries(removed).filter(([, n]) => n > 0);
	if (counted.length === 0) return <p className="quiet">{t("why.none_removed")}</p>;
	return (
		<p className="removed">
			<span className="quiet">{t("why.removed")}</span>
			{counted.map(([code, n]) => (
				<span key={code} className="chip">
					{word("removed", code)} {n}
				</span>
			))}
		</p>
	);
}

/** What the roster had against it, and a supervisor set aside with a reason. */
function Overridden({ filters }: { filters: Choice["overridden"] }) {
	const { t, word } = useI18n();
	return (
		<p className="removed">
			<span className="quiet">{t("why.overridden")}</span>
			{filters.map((code) => (
				<span key={code} className="chip">
					{word("removed", code)}
				</span>
			))}
		</p>
	);
}

export function Why({ full }: { full: CaseFull }) {
	const { t } = useI18n();
	const { skill } = useNames();
	const user = useUser();
	const why = full.why;
	const name = why?.candidates.find((one) => one.id === why.chosen)?.name || full.case.coordinator?.name || "";
	const mine = why !== null && why.chosen !== null && why.chosen === user.coordinator_id;
	const title = mine || name === "" ? t("why.title") : t("why.title.other", { name });
	return (
		<Section title={title} testId="why">
			{why === null ? (
				<p className="quiet">{t("why.nobody")}</p>
			) : (
				<>
					<p>
						<strong>
							{why.chosen === null ? t("why.nobody") : t("why.chosen", { level: t(`level.${why.level}`), name })}
						</strong>
					</p>
					<p>{t("why.considered", { n: why.considered })}</p>
					<Removed removed={why.removed} />
					{why.relaxed.length > 0 && (
						<p>
							<span className="quiet">{t("why.relaxed")}</span> {why.relaxed.map((code) => skill(code)).filter(Boolean).join(", ") || why.relaxed.length}
						</p>
					)}
					{why.overridden.length > 0 && <Overridden filters={why.overridden} />}
					{why.candidates.length > 0 && <Candidates why={why} />}
				</>
			)}
		</Section>
	);
}
