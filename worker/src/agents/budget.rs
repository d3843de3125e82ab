use domain::{
    money::Money,
    plan::{CategoryCost, Plan},
};
use graph::{Agent, StepError, TaskCtx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::workflows::travel::Services;

/// Says what the draft costs and what is left.
pub struct Budget<'a> {
    pub plan: &'a Plan,
}

/// The bill in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetReport {
    pub total: Money,
    pub left: Money,
    pub by_category: Vec<CategoryCost>,
}

impl Agent<Services> for Budget<'_> {
    const NAME: &'static str = "budget";
    type Output = BudgetReport;

    async fn run(&self, ctx: &TaskCtx<'_, Services>) -> Result<BudgetReport, StepError> {
        let costs = &self.plan.costs;
        let report = BudgetReport { total: costs.total, left: costs.left, by_category: costs.by_category.clone() };
        ctx.show(format!("{} of {} spent, {} left", costs.total, costs.budget, costs.left), Some(json!(report)));
        Ok(report)
    }
}
