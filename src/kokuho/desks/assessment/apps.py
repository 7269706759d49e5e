from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """賦課"""

    name = "kokuho.desks.assessment"
    label = "assessment"
    verbose_name = "賦課"

    def ready(self) -> None:
        """The trial of a levy and the judgement of 負担割合 are decided by a second person; a notice may bring a judgement."""
        from kokuho.core import approving
        from kokuho.desks.assessment.actions.levy import decide_approval

        approving.register(approving.ApprovalKind(
            "levy", "当初賦課", "levy.approve",
            lambda by, on, approval, approve, reason: decide_approval(
                by=by, approval_id=approval.pk, approve=approve, reason=reason
            ),
            lambda by, on, approval: (),  # its page shows the check list of the run
        ))  # fmt: skip
        from kokuho.desks.assessment import approvals

        approving.register(approvals.BURDEN)
        from kokuho.desks.assessment.actions import burden_notice
        from kokuho.desks.eligibility import ratios

        ratios.register(ratios.Judging(burden_notice.judge_with_notice, burden_notice.judging_basis))
