//! `POST /v1/suggest`.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Utc};
use domain::{
    JobId,
    job::Mode,
    request::FieldError,
    suggest::{BudgetSurplusContext, CalendarGapContext, PriceDropContext, SuggestContext, Trigger},
};
use poem::http::HeaderMap;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{Any, ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::NewJob;

use crate::{
    answer::Answer,
    body::{Body, JsonBody},
    caller::Caller,
    codes::ErrorCode,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    plan::{KeyHeader, PlanAccepted, trace_id},
    schema::Schema,
    state::State,
};

const SUMMARY_CHARS_MAX: usize = 200;

pub(crate) struct SuggestApi(pub(crate) Arc<State>);

statuses! {
    CreateSuggestion: 400, 401, 408, 409, 413, 415, 422, 500, 503, 507;
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, Object)]
#[oai(deny_unknown_fields)]
pub(crate) struct SuggestRequest {
    /// The person for whom something is suggested; yours to choose.
    #[oai(validator(min_length = 1, max_length = 128))]
    user_id: String,
    trigger: Trigger,
    context: Context,
}

/// The same, before it is known which context it has: what the first check looks at.
#[derive(Object)]
#[oai(deny_unknown_fields)]
struct Draft {
    #[oai(validator(min_length = 1, max_length = 128))]
    user_id: String,
    trigger: Trigger,
    context: Any<Value>,
}

/// What the trigger is about; one form for each trigger.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Context(Value);

impl Type for Context {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "SuggestContext".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            description: Some(
                "The first form goes with `price_drop`, the second with `calendar_gap`, the third with `budget_surplus`",
            ),
            any_of: vec![
                PriceDropContext::schema_ref(),
                CalendarGapContext::schema_ref(),
                BudgetSurplusContext::schema_ref(),
            ],
            ..MetaSchema::ANY
        }))
    }

    fn register(registry: &mut Registry) {
        PriceDropContext::register(registry);
        CalendarGapContext::register(registry);
        BudgetSurplusContext::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for Context {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        value.filter(Value::is_object).map(Self).ok_or_else(|| ParseError::custom("is not an object"))
    }
}

impl ToJSON for Context {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.clone())
    }
}

#[derive(ApiResponse)]
pub(crate) enum SuggestResponse {
    /// The job is taken in: it plans, and waits for a person.
    #[oai(status = 202)]
    Accepted(
        Answer<PlanAccepted>,
        /// Where to poll.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi]
impl SuggestApi {
    /// Ask for a suggestion
    ///
    /// Says that something happened: a price fell, days are free, money is left. The job looks at it anew, plans a trip, and
    /// always waits for a person, with the reason and the evidence. Its plan is downloaded like any other. Watches ask for
    /// suggestions by themselves.
    #[oai(path = "/v1/suggest", method = "post", operation_id = "create_suggestion", tag = "Tag::Watches")]
    async fn create_suggestion(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same job.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        headers: &HeaderMap,
        body: Body<SuggestRequest>,
    ) -> Result<SuggestResponse, Fails<CreateSuggestion>> {
        let key = key.of(&body.0);
        let job = new_job(&self.0, &body.0, headers)?;
        let submitted = self.0.dispatch.submit(&caller.owner, &job, key.as_ref()).await?;
        let accepted = PlanAccepted::of(submitted.job_id);
        let status_url = accepted.status_url.clone();
        Ok(SuggestResponse::Accepted(Answer(accepted), status_url))
    }
}

fn new_job(state: &State, request: &SuggestRequest, headers: &HeaderMap) -> Result<NewJob, ApiError> {
    let context = request.typed().map_err(|_| ApiError::internal())?;
    let refused = |errors: Vec<FieldError>| {
        ApiError::fields(ErrorCode::InvalidFields, errors.into_iter().map(in_context).collect())
    };
    let (workflow, version, input) = (state.suggest_intake)(&context, Some(&request.user_id)).map_err(refused)?;
    let id = JobId::new();
    let summary: String = format!("Suggestion after {}", request.trigger.word().replace('_', " "));
    Ok(NewJob {
        id,
        user_id: Some(request.user_id.clone()),
        workflow,
        version,
        mode: Mode::Proactive,
        request: serde_json::to_value(request).map_err(|_| ApiError::internal())?,
        input,
        deadline_s: None,
        trace_id: trace_id(headers).unwrap_or_else(|| id.as_uuid().simple().to_string()),
        summary: summary.chars().take(SUMMARY_CHARS_MAX).collect(),
    })
}

impl SuggestRequest {
    fn typed(&self) -> Result<SuggestContext, serde_json::Error> {
        serde_json::from_value(json!({ "trigger": self.trigger, "context": self.context.0 }))
    }
}

/// The schema of a trigger's context, made once.
fn schema_of(trigger: Trigger) -> &'static Schema {
    static PRICE_DROP: LazyLock<Schema> = LazyLock::new(Schema::of::<PriceDropContext>);
    static CALENDAR_GAP: LazyLock<Schema> = LazyLock::new(Schema::of::<CalendarGapContext>);
    static BUDGET_SURPLUS: LazyLock<Schema> = LazyLock::new(Schema::of::<BudgetSurplusContext>);
    match trigger {
        Trigger::PriceDrop => &PRICE_DROP,
        Trigger::CalendarGap => &CALENDAR_GAP,
        Trigger::BudgetSurplus => &BUDGET_SURPLUS,
    }
}

fn in_context(error: FieldError) -> FieldError {
    FieldError::new(format!("/context{}", error.pointer), error.detail)
}

impl JsonBody for SuggestRequest {
    fn example() -> Value {
        json!({
            "user_id": "ana",
            "trigger": "price_drop",
            "context": {
                "origin": "Berlin",
                "destination": "Lisbon",
                "depart": "2027-05-08",
                "return_date": "2027-05-11",
                "travellers": 2,
                "price": { "amount": 410, "currency": "EUR" },
                "reference": 500,
                "wishes": "art and seafood"
            }
        })
    }

    fn schema() -> &'static Schema {
        static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::of::<Draft>);
        &SCHEMA
    }

    fn fill(fields: &mut Map<String, Value>) {
        let example = Self::example();
        for (name, value) in example.as_object().into_iter().flatten() {
            fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    fn check(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.user_id.trim().is_empty() {
            errors.push(FieldError::new("/user_id", "is empty; give a short id"));
        }
        let faults = schema_of(self.trigger).faults(&self.context.0);
        if !faults.is_empty() {
            errors.extend(faults.into_iter().map(|fault| in_context(fault.error)));
            return errors;
        }
        match self.typed() {
            Ok(context) => errors.extend(context.check(now).err().unwrap_or_default().into_iter().map(in_context)),
            Err(error) => errors.push(FieldError::new("/context", format!("cannot be read: {error}"))),
        }
        errors
    }
}
