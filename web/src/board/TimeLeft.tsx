import { useI18n } from "../i18n/i18n.tsx";
import { timeLeft } from "../i18n/when.ts";
import type { Deadline } from "./order.ts";
import "./timeleft.css";

/** Text says it, the bar repeats it, colour comes last. */
export function TimeLeft({ limit, now }: { limit: Deadline; now: number }) {
	const { t, word } = useI18n();
	const left = timeLeft(t, limit, now);
	return (
		<div className="left" data-urgency={left.urgency}>
			<span className="left-text">
				{left.urgency !== "none" && <span className="left-kind">{word("clock", limit.kind)}</span>}
				<span className="left-span">{left.text}</span>
			</span>
			<span className="left-bar" aria-hidden="true">
				{left.share !== null && <span style={{ width: `${left.urgency === "over" ? 100 : left.share * 100}%` }} />}
			</span>
		</div>
	);
}
