/* 62_pack_words.sql - headings and heads of tables of the Motion Pack.
 */

INSERT INTO pls_internal.words (key, en, zh) VALUES
('pack.title', 'Motion Pack: %s', '打法手册：%s'),
('pack.seen', 'Status %1$s, version %2$s of the rules, seen on %3$s. Times are UTC. Shares are in percent of the entities counted next to them.',
              '状态：%1$s；规则版本：%2$s；统计时间：%3$s。时间均为 UTC。百分比均以旁边列出的数量为基数。'),
('pack.nothing', 'Nothing yet.', '暂无。'),
('pack.1', '1. Context and goal snapshot', '1. 背景与目标概览'),
('pack.2', '2. Funnel and ownership map', '2. 漏斗与职责图'),
('pack.3', '3. Definition and signal spec', '3. 定义与信号规范'),
('pack.4', '4. Routing and workflow spec', '4. 路由与流程规范'),
('pack.5', '5. Usage-triggered outreach kit', '5. 基于使用的触达材料'),
('pack.6', '6. Instrumentation and reporting plan', '6. 埋点与报告计划'),
('pack.7', '7. Pilot and scale plan', '7. 试点与扩展计划'),
('pack.8', '8. Risks, open questions, next steps', '8. 风险、待解问题与后续步骤'),

('head.item', 'item', '项目'), ('head.value', 'value', '内容'), ('head.figure', 'value', '数值'), ('head.manager', 'manager', '主管'), ('head.from', 'from', '来源'),
('head.measure', 'measure', '指标'), ('head.question', 'question', '问题'),
('head.assumption', 'assumption', '假设'), ('head.validation', 'validation', '验证方式'),
('head.check', 'check', '检查项'), ('head.verdict', 'verdict', '结论'), ('head.measured', 'measured', '实测'),
('head.needed', 'needed', '要求'), ('head.stage', 'stage', '阶段'), ('head.entry', 'entered when', '进入标准'),
('head.exit', 'left when', '退出标准'), ('head.entities', 'entities', '数量'), ('head.conversion', 'share of an earlier stage', '占此前阶段的比例'),
('head.of_first', 'of the first', '较首阶段'), ('head.median', 'median time', '时间中位数'), ('head.p90', 'p90 time', '时间 90 分位'),
('head.untouched', 'untouched', '未联系'), ('head.touched', 'touched', '已联系'), ('head.held_out', 'held out', '对照'),
('head.responsible', 'responsible', '负责 R'), ('head.accountable', 'accountable', '批准 A'), ('head.consulted', 'consulted', '咨询 C'),
('head.informed', 'informed', '知会 I'), ('head.sales_helps', 'why a person helps', '人为何有帮助'),
('head.guardrail', 'guardrail', '护栏'), ('head.evidence', 'evidence', '依据'), ('head.why', 'why', '原因'),
('head.signal', 'signal', '信号'), ('head.category', 'category', '类别'), ('head.how', 'how measured', '度量方式'),
('head.threshold', 'met when', '满足条件'), ('head.points', 'points', '分值'), ('head.risk', 'false-positive risk', '误报风险'),
('head.source', 'data source', '数据来源'), ('head.entity', 'entity', '对象'), ('head.score', 'score', '评分'), ('head.at', 'on', '时间'),
('head.route', 'route', '路由'), ('head.when', 'when', '条件'), ('head.pool', 'pool', '池'), ('head.reps', 'reps', '成员'),
('head.respond', 'first touch within', '首次联系时限'), ('head.resolve', 'closed within', '关闭时限'), ('head.action', 'next action', '下一步行动'),
('head.rep', 'rep', '销售'), ('head.quota', 'a day', '每日上限'), ('head.open', 'open at most', '未结上限'),
('head.disposition', 'disposition', '处置'), ('head.class', 'what it teaches', '学习类别'), ('head.meaning', 'when to choose it', '适用情形'),
('head.quiet', 'quiet for', '静默期'), ('head.reason', 'reason needed', '须填原因'),
('head.step', 'step', '步骤'), ('head.field', 'field', '字段'), ('head.topic', 'topic', '议题'), ('head.owner', 'owner', '负责人'),
('head.event', 'event', '事件'), ('head.property', 'property', '属性'), ('head.signals', 'signals', '信号'), ('head.seen', 'seen', '已出现'),
('head.rows', 'rows a day', '日均行数'), ('head.last', 'last seen', '最近出现'), ('head.complete', 'complete', '完整率'),
('head.view', 'view', '视图'), ('head.shows', 'shows', '内容'), ('head.kind', 'kind', '类型'), ('head.week', 'this week', '本周'),
('head.before', 'week before', '上周'), ('head.rule', 'rule', '规则'), ('head.treatment', 'treatment', '处理组'), ('head.holdout', 'holdout', '对照组'),
('head.difference', 'difference', '差异'), ('head.low', 'low', '下限'), ('head.high', 'high', '上限'), ('head.point', 'point', '要点'),
('head.due', 'due', '期限'), ('head.name', 'name', '名称'), ('head.effect', 'effect', '效果'), ('head.line', 'line', '编号'), ('head.fix', 'how to fix it', '如何改进'),
('head.plan', 'plan', '计划'),

('verdict.pass', 'pass', '通过'), ('verdict.fail', 'fail', '未通过'), ('verdict.assumed', 'assumed', '假设'),
('verdict.unknown', 'unknown', '未知'), ('verdict.not applicable', 'not applicable', '不适用'), ('verdict.ready', 'ready', '已就绪'),
('verdict.needs prerequisites', 'needs prerequisites', '尚缺前提条件'), ('verdict.too early to say', 'too early to say', '为时尚早'),
('check.objective measurable', 'objective measurable', '目标可衡量'), ('check.segment explicit', 'segment explicit', '客群明确'),
('check.prerequisites', 'prerequisites', '前提条件'), ('check.constraints', 'constraints', '限制条件'), ('check.events come', 'events come', '有事件到达'),
('check.data fresh', 'data fresh', '数据及时'), ('check.users map to accounts', 'users map to accounts', '用户可映射到账户'),
('check.first value reached', 'first value reached', '达到首次价值'), ('check.usage volume', 'usage volume', '使用量'),
('check.usage depth', 'usage depth', '使用深度'), ('check.sales capacity', 'sales capacity', '销售产能'), ('check.verdict', 'verdict', '结论'),

('status.draft', 'draft', '草稿'), ('status.pilot', 'pilot', '试点'), ('status.live', 'live', '运行中'), ('status.paused', 'paused', '已暂停'),
('status.running', 'running', '进行中'), ('status.stopped', 'stopped', '已停止'),

('yes', 'yes', '是'), ('no', 'no', '否'), ('unknown', 'unknown', '未知'),
('none', 'none', '无'), ('not said', 'not said', '未说明'), ('assumed', 'assumed: %s', '假设：%s');

CREATE FUNCTION pls_internal.yes_or_no(language text, value boolean) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pls_internal.say(language, CASE WHEN value THEN 'yes' WHEN NOT value THEN 'no' ELSE 'unknown' END)
$$;
COMMENT ON FUNCTION pls_internal.yes_or_no IS
'Whether, in a word of a language; NULL: unknown.';
