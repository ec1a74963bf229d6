import { Alert, Button } from "antd";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiError } from "../api/http.ts";
import { useUser } from "../app/context.tsx";
import { explain } from "../app/failure.ts";
import { isComposing, isSend } from "../app/keys.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { keyFor } from "../i18n/translate.ts";
import type { CaseFull, Item } from "../live/wire.ts";
import { type Command, type Draft, firstDraft, firstMissing, isRequired, isShown, keepDraft, readDraft } from "./commands.ts";
import { FieldRow } from "./Fields.tsx";
import { peopleOf } from "./facts.ts";
import { useHappened } from "./Timeline.tsx";
import { type Changed, useCommand } from "./useCommand.ts";

function ChangedNote({ full, items, onSeen }: { full: CaseFull; items: readonly Item[]; onSeen(): void }) {
	const { t } = useI18n();
	const happened = useHappened(useMemo(() => peopleOf(full), [full]));
	return (
		<Alert
			type="warning"
			showIcon
			role="alert"
			title={t("actions.changed")}
			description={
				<>
					<ul className="changed">
						{items.map((item) => (
							<li key={item.version}>
								{happened(item)}
								{item.entry !== null && <span className="foreign quiet">: {item.entry.text}</span>}
							</li>
						))}
					</ul>
					<p>{t("actions.changed.kept")}</p>
					<Button size="small" onClick={onSeen}>
						{t("actions.seen")}
					</Button>
				</>
			}
		/>
	);
}

function useFailureText() {
	const { t } = useI18n();
	return (error: unknown): string => {
		if (error instanceof ApiError && error.code === "not_allowed" && error.problem.state !== null) {
			const key = keyFor("state", error.problem.state);
			return t("actions.not_allowed", { state: key === null ? error.problem.state : t(key) });
		}
		return explain(t, error);
	};
}

function lastItem(full: CaseFull, version: number): number {
	return full.timeline.reduce((last, item) => Math.max(last, item.version), version);
}

/** That words arrived changes nothing for whoever writes the next ones. */
const isQuiet = ({ event }: Item) => event === "delivered";

/** The version the author saw stays put while they write; what came later is shown and must be seen. */
function useSeenVersion(full: CaseFull) {
	const [seen, setSeen] = useState({ version: full.case.version, last: lastItem(full, full.case.version) });
	const since = full.timeline.filter((item) => item.version > seen.last && !isQuiet(item));
	return {
		seen: since.length === 0 ? Math.max(seen.version, lastItem(full, 0)) : seen.version,
		since,
		markSeen: (version: number) => setSeen({ version, last: lastItem(full, version) }),
	};
}

function useDraft(full: CaseFull, command: Command) {
	const user = useUser();
	const caseId = full.case.id;
	const [draft, setDraft] = useState<Draft>(
		() => readDraft(caseId, command.name) ?? firstDraft(command, user.unit?.code ?? full.case.unit),
	);
	function change(part: Draft) {
		const next = { ...draft, ...part };
		setDraft(next);
		keepDraft(caseId, command.name, next);
	}
	return { draft, change };
}

interface Props {
	full: CaseFull;
	command: Command;
	onDone(command: Command): void;
	onCancel(): void;
}

export function ActionForm({ full, command, onDone, onCancel }: Props) {
	const { t } = useI18n();
	const failureText = useFailureText();
	const { draft, change } = useDraft(full, command);
	const { seen, markSeen, since } = useSeenVersion(full);
	const { outcome, run, clear } = useCommand(full, onDone);
	const [missing, setMissing] = useState<string | null>(null);
	const form = useRef<HTMLFormElement>(null);
	const base = useId();

	useEffect(() => {
		const first = form.current?.querySelector<HTMLElement>("textarea:not(:disabled), input");
		(first ?? form.current?.querySelector<HTMLElement>("button[type=submit]"))?.focus();
	}, []);

	const changed: Changed | null =
		outcome.kind === "changed" ? outcome.changed : since.length > 0 ? { version: full.case.version, items: since } : null;
	const needsAudience = command.fields.some((field) => field.name === "audience") && !draft.audience;

	function submit() {
		if (outcome.kind === "sending") return;
		const empty = firstMissing(command, draft);
		if (empty !== null) return setMissing(t("field.missing", { field: t(empty.label) }));
		setMissing(null);
		void run(command, draft, seen);
	}

	// Nothing to fill in, nothing to ask: the form stays in view only when the command was refused.
	const sent = useRef(false);
	useEffect(() => {
		if (command.fields.length > 0 || command.asks || sent.current) return;
		sent.current = true;
		submit();
	});

	function onKeyDown(event: KeyboardEvent) {
		if (isSend(event.nativeEvent)) {
			event.preventDefault();
			submit();
		}
		// Escape belongs to the input method while it composes, and to the form before the drawer.
		if (event.key === "Escape") {
			event.stopPropagation();
			if (!isComposing(event.nativeEvent)) onCancel();
		}
		// Enter in a single line must not send either.
		if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
	}

	return (
		<form
			ref={form}
			className="action-form"
			data-action={command.name}
			data-audience={command.name === "reply" ? draft.audience : undefined}
			aria-label={t(`action.${command.name}`)}
			onKeyDown={onKeyDown}
			onSubmit={(event) => (event.preventDefault(), submit())}
		>
			<h3>{t(`action.${command.name}`)}</h3>
			{changed !== null && (
				<ChangedNote full={full} items={changed.items} onSeen={() => (markSeen(changed.version), clear())} />
			)}
			{outcome.kind === "failed" && <Alert type="error" showIcon role="alert" title={failureText(outcome.error)} />}
			{missing !== null && <Alert type="error" showIcon role="alert" title={missing} />}
			{command.fields.filter((field) => isShown(field, draft)).map((field) => (
				<FieldRow
					key={field.name}
					field={{ ...field, required: isRequired(field, draft) }}
					id={`${base}-${field.name}`}
					value={draft[field.name] ?? ""}
					disabled={field.name === "text" && needsAudience}
					onChange={(value) => change({ [field.name]: value })}
				/>
			))}
			<div className="action-send">
				<Button type="primary" htmlType="submit" loading={outcome.kind === "sending"}>
					{t("actions.send")}
				</Button>
				<Button onClick={onCancel}>{t("actions.cancel")}</Button>
				<span className="quiet">{t("actions.keys")}</span>
			</div>
		</form>
	);
}
