//! The fields of a brief that a text can speak about.

/// A field of [`domain::brief::Brief`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    Origin,
    Destination,
    StartDate,
    EndDate,
    Travellers,
    Budget,
    Interests,
    Cuisines,
    MealsRepeat,
    Diet,
    Pace,
    Lodging,
    AvoidTransport,
    MustSee,
    AvoidSights,
    AvoidInterests,
}

impl Field {
    /// As the brief spells it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Destination => "destination",
            Self::StartDate => "start_date",
            Self::EndDate => "end_date",
            Self::Travellers => "travellers",
            Self::Budget => "budget",
            Self::Interests => "interests",
            Self::Cuisines => "cuisines",
            Self::MealsRepeat => "meals_repeat",
            Self::Diet => "diet",
            Self::Pace => "pace",
            Self::Lodging => "lodging",
            Self::AvoidTransport => "avoid_transport",
            Self::MustSee => "must_see",
            Self::AvoidSights => "avoid_sights",
            Self::AvoidInterests => "avoid_interests",
        }
    }
}
