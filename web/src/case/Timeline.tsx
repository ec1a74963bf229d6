import { GlobalOutlined, HomeOutlined, LockOutlined, TeamOutlined } from "@ant-design/icons";
import { Segmented } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { useNow } from "../app/live.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { keyFor } from "../i18n/translate.ts";
import { dayTime, fullTime } from "../i18n/when.ts";
import type { Audience, CaseFull, Item } from "../live/wire.ts";
import { codeOf, otherOf, peopleOf, personOf, reasonOf } from "./facts.ts";

export const AUDIENCE_ICONS: Record<Audience, ReactNode> = {
	public: <GlobalOutlined aria-hidden="true" />,
	parties: <TeamOutlined aria-hidden="true" />,
	unit: <HomeOutlined aria-hidden="true" />,
	sealed: <LockOutlined aria-hidden="true" />,
};

const SHOWN = ["all", "talk", "work"] as const;
type Shown = (typeof SHOWN)[number];

/** What happened, in one phrase. */
export function useHappened(people: ReadonlyMap<number, string>) {
	const { t, word } = useI18n();
	return (item: Item): string => {
		const key = keyFor("event", item.event);
		if (key === null) return t("event.other", { name: item.event });
		const what = t(key, { to: personOf(item.data, people) ?? t("turn.coordinator") });
		const code = codeOf(item);
		const detail = code === null ? otherOf(item.data) : word(code.prefix, code.code);
		return detail === null ? what : t("event.detail", { what, detail });
	};
}

function Entry({ entry }: { entry: NonNullable<Item["entry"]> }) {
	const { t, word } = useI18n();
	return (
		<div className="entry" data-audience={entry.audience}>
			<p className="entry-head">
				<span className="entry-audience">
					{AUDIENCE_ICONS[entry.audience]} {t(`audience.${entry.audience}`)}
				</span>
				{entry.delivery !== null && (
					<span data-delivery={entry.delivery} className="delivery">
						{word("delivery", entry.delivery)}
					</span>
				)}
			</p>
			{entry.moved_to === null ? <p className="foreign-text">{entry.text}</p> : <p className="quiet">{t("timeline.moved", { number: entry.moved_to })}</p>}
		</div>
	);
}

function Moment({ item, happened, now }: { item: Item; happened(item: Item): string; now: number }) {
	const { t, word } = useI18n();
	const { actor } = item;
	const who = actor.name ?? (actor.kind === "system" ? t("timeline.system") : word("role", actor.kind));
	const reason = reasonOf(item.data);
	return (
		<li className="moment" data-event={item.event} data-talk={item.entry !== null || undefined}>
			<p className="moment-head">
				<time className="mono quiet" title={fullTime(item.at)} dateTime={new Date(item.at).toISOString()}>
					{dayTime(t, item.at, now)}
				</time>
				<span className="foreign">{who}</span>
				<span className="moment-what">{happened(item)}</span>
			</p>
			{reason !== null && <p className="foreign-text quiet">{reason}</p>}
			{item.entry !== null && <Entry entry={item.entry} />}
		</li>
	);
}

export function Timeline({ full }: { full: CaseFull }) {
	const { t } = useI18n();
	const [shown, setShown] = useState<Shown>("all");
	const now = useNow(60_000);
	const people = useMemo(() => peopleOf(full), [full]);
	const happened = useHappened(people);
	const items = full.timeline.filter((item) => shown === "all" || (item.entry !== null) === (shown === "talk"));
	return (
		<section className="part" data-testid="timeline">
			<div className="part-head">
				<h3>{t("timeline.title")}</h3>
				<Segmented<Shown>
					size="small"
					value={shown}
					onChange={setShown}
					options={SHOWN.map((one) => ({ value: one, label: t(`timeline.${one}`) }))}
				/>
			</div>
			<ol className="timeline">
				{items.map((item) => (
					<Moment key={item.version} item={item} happened={happened} now={now} />
				))}
			</ol>
			{items.length === 0 && <p className="quiet">{t("timeline.empty")}</p>}
		</section>
	);
}
