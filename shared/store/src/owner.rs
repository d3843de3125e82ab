use domain::TenantId;

/// On whose behalf a request acts. Every verb of the request path takes it first and sees only its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub tenant: TenantId,
}

impl Owner {
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self { tenant }
    }
}
