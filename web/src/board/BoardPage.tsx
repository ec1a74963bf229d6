import { Button } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { NamesProvider, UserProvider } from "../app/context.tsx";
import { useKeys } from "../app/keys.ts";
import { LiveProvider, useLive } from "../app/live.tsx";
import { usePrefs } from "../app/prefs.ts";
import { forgetDrafts } from "../case/commands.ts";
import { closeCase, useOpenCase } from "../app/route.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { Session } from "../live/wire.ts";
import { ChartsSlot } from "./ChartsSlot.tsx";
import { Filters } from "./Filters.tsx";
import { type Filter, isFiltered, NO_FILTER } from "./filter.ts";
import { Footer } from "./Footer.tsx";
import { focusQueue, Header } from "./Header.tsx";
import { Headline } from "./Headline.tsx";
import { StaleBand } from "./LiveState.tsx";
import { QueueTable } from "./QueueTable.tsx";
import { useHold } from "./useHold.ts";
import { type Queue, useQueue } from "./useQueue.ts";
import "./board.css";

const CaseDrawer = lazy(() => import("../case/CaseDrawer.tsx"));
const KeysHelp = lazy(() => import("./KeysHelp.tsx"));

function Count({ queue, filtered }: { queue: Queue; filtered: boolean }) {
	const { t } = useI18n();
	const total = useLive((state) => state.total);
	const n = queue.entries.length;
	return (
		<div className="queue-count">
			{queue.pending > 0 && (
				<Button type="primary" size="small" title={t("queue.updates.hint")} onClick={queue.release}>
					↑ {t("queue.updates", { n: queue.pending })}
				</Button>
			)}
			<span>{filtered || n >= total ? t("queue.count", { n }) : t("queue.count.of", { n, total })}</span>
		</div>
	);
}

function useBoardKeys(queue: Queue, openHelp: () => void, drawerOpen: boolean) {
	const { letterKeys } = usePrefs();
	useKeys((event) => {
		if (event.key === "?") return openHelp(), true;
		if (drawerOpen) return false;
		if (event.code === "Slash") return document.getElementById("queue-search")?.focus(), true;
		if (event.code === "KeyU" && queue.pending > 0) return queue.release(), true;
		return false;
	}, letterKeys);
}

/** When a case is closed, the reader stands again on its row, not at the top of the page. */
function useReturnToRow(chosen: string | null) {
	const last = useRef<string | null>(null);
	useEffect(() => {
		const was = last.current;
		last.current = chosen;
		if (chosen !== null || was === null) return;
		const row = document.querySelector<HTMLElement>(`.queue-row[data-number="${CSS.escape(was)}"]`);
		if (row === null) focusQueue();
		else row.focus({ preventScroll: true });
	}, [chosen]);
}

let lastUser: number | null = null;

/** What one person was writing is nobody else's. */
function useOwnDrafts(userId: number) {
	useEffect(() => {
		if (lastUser !== userId) forgetDrafts();
		lastUser = userId;
	}, [userId]);
}

function Board({ onLeft }: { onLeft(): void }) {
	const { t } = useI18n();
	const [filter, setFilter] = useState<Filter>(NO_FILTER);
	const [help, setHelp] = useState(false);
	const chosen = useOpenCase();
	const box = useRef<HTMLDivElement>(null);
	const queue = useQueue(filter, useHold(box));
	useBoardKeys(queue, () => setHelp(true), chosen !== null);
	useReturnToRow(chosen);
	const filtered = isFiltered(filter);
	return (
		<div className="board" data-testid="board">
			<Header onLeft={onLeft} onKeys={() => setHelp(true)} />
			<StaleBand />
			<main className="board-main">
				<h1 className="only-read">{t("board.title")}</h1>
				<Headline onPick={setFilter}>
					<ChartsSlot onUnit={(unit) => setFilter({ ...NO_FILTER, unit })} />
				</Headline>
				<section className="queue" aria-label={t("queue.title")}>
					<Filters filter={filter} onChange={setFilter}>
						<Count queue={queue} filtered={filtered} />
					</Filters>
					<QueueTable entries={queue.entries} more={queue.more} filtered={filtered} chosen={chosen} box={box} />
				</section>
			</main>
			<Footer />
			<Suspense fallback={null}>
				{chosen !== null && <CaseDrawer number={chosen} onClose={closeCase} />}
				{help && <KeysHelp onClose={() => setHelp(false)} />}
			</Suspense>
		</div>
	);
}

/** What must hear that the session has ended by time rather than by hand. */
function EndWatch({ onEnd }: { onEnd(byTime: boolean): void }) {
	const ended = useLive((state) => state.phase === "ended");
	useEffect(() => {
		if (ended) onEnd(true);
	}, [ended, onEnd]);
	return null;
}

export default function BoardPage({ user, onLeft }: { user: Session["user"]; onLeft(byTime: boolean): void }) {
	useOwnDrafts(user.id);
	return (
		<UserProvider user={user}>
			<LiveProvider>
				<NamesProvider>
					<Board
						onLeft={() => {
							forgetDrafts();
							onLeft(false);
						}}
					/>
					<EndWatch onEnd={onLeft} />
				</NamesProvider>
			</LiveProvider>
		</UserProvider>
	);
}
