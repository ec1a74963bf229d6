import { CopyOutlined } from "@ant-design/icons";
import { Alert, App, Button, Drawer, Skeleton } from "antd";
import { explain } from "../app/failure.ts";
import { PriorityChip, StateChip, TierChip } from "../board/Chips.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import type { CaseFull } from "../live/wire.ts";
import { Actions } from "./Actions.tsx";
import { Clocks } from "./Clocks.tsx";
import { Notices, References } from "./References.tsx";
import { Parties, Summary, Turn, Words } from "./Summary.tsx";
import { Timeline } from "./Timeline.tsx";
import { useCase } from "./useCase.ts";
import { Why } from "./Why.tsx";
import "./case.css";

function Title({ number, full }: { number: string; full: CaseFull | null }) {
	const { t } = useI18n();
	const { message } = App.useApp();
	const shown = full?.case.number ?? number;
	function copy() {
		// Without a secure context there is no clipboard; the number can still be selected.
		navigator.clipboard?.writeText(shown).then(
			() => message.success(t("case.copied")),
			() => undefined,
		);
	}
	return (
		<div className="case-title">
			<p>
				<span className="mono">{shown}</span>
				<Button type="text" size="small" icon={<CopyOutlined />} aria-label={t("case.copy")} onClick={copy} />
				{full !== null && (
					<>
						<StateChip state={full.case.state} />
						<PriorityChip priority={full.case.priority} />
						<TierChip tier={full.case.tier} />
						<span className="quiet procedure">{procedureWord(full.case.procedure, t)}</span>
					</>
				)}
			</p>
			<h2 className="foreign">{full?.case.subject ?? t("case.loading")}</h2>
		</div>
	);
}

function procedureWord(procedure: string, t: ReturnType<typeof useI18n>["t"]): string {
	return procedure === "coordination" || procedure === "callback" ? t(`procedure.${procedure}`) : procedure;
}

function Body({ full, asked }: { full: CaseFull; asked: string }) {
	const { t } = useI18n();
	const moved = asked !== full.case.number && asked !== String(full.case.id);
	return (
		<div className="case">
			{moved && <Alert type="info" showIcon title={t("case.merged")} />}
			<Turn full={full} />
			<div className="case-columns">
				<div className="case-side">
					<Clocks full={full} />
					<Why full={full} />
					<References full={full} />
					<Summary full={full} />
					<Parties full={full} />
					<Notices full={full} />
				</div>
				<div className="case-main">
					<Words full={full} />
					<Timeline full={full} />
				</div>
			</div>
		</div>
	);
}

export default function CaseDrawer({ number, onClose }: { number: string; onClose(): void }) {
	const { t } = useI18n();
	const { full, error, read } = useCase(number);
	return (
		<Drawer
			open
			rootClassName="case-drawer"
			size="min(100vw, max(66vw, 780px), 1240px)"
			closable={{ "aria-label": t("case.close") }}
			title={<Title number={number} full={full} />}
			onClose={onClose}
			footer={full !== null && <Actions key={full.case.id} full={full} onChanged={() => void read()} />}
			data-testid="drawer"
		>
			{error !== null && (
				<Alert
					type="error"
					showIcon
					role="alert"
					title={t("case.failed", { why: explain(t, error) })}
					action={
						<Button size="small" onClick={() => void read()}>
							{t("case.retry")}
						</Button>
					}
				/>
			)}
			{full !== null && <Body full={full} asked={number} />}
			{full === null && error === null && <Skeleton active paragraph={{ rows: 8 }} />}
		</Drawer>
	);
}
