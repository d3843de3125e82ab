//! Emissions of one person in kilograms of CO2 equivalent.
//!
//! The factors are those of the UK government's "Greenhouse gas reporting: conversion factors 2025" (DESNZ), business
//! travel: economy class to and from the UK with the effect of flying at height (radiative forcing), national rail,
//! coach, and a car of average size and unknown fuel. They are taken to hold elsewhere as well.

/// Kilograms per passenger and kilometre, up to [`SHORT_HAUL_KM_MAX`].
const SHORT_HAUL_KG_PER_KM: f64 = 0.125_76;
/// Kilograms per passenger and kilometre beyond it.
const LONG_HAUL_KG_PER_KM: f64 = 0.117_04;
/// The same source's limit of short haul.
const SHORT_HAUL_KM_MAX: f64 = 3_700.0;
/// Kilograms per passenger and kilometre.
const TRAIN_KG_PER_KM: f64 = 0.035_46;
/// Kilograms per passenger and kilometre.
const COACH_KG_PER_KM: f64 = 0.027_76;
/// Kilograms per car and kilometre, whoever sits in it.
const CAR_KG_PER_KM: f64 = 0.167_25;

/// A flight over this great-circle distance. The factors hold the detours of flying already.
pub(super) fn flight_kg(km: f64) -> u32 {
    kilograms(km * if km <= SHORT_HAUL_KM_MAX { SHORT_HAUL_KG_PER_KM } else { LONG_HAUL_KG_PER_KM })
}

/// A train over this length of rails.
pub(super) fn train_kg(rail_km: f64) -> u32 {
    kilograms(rail_km * TRAIN_KG_PER_KM)
}

/// A coach over this length of road.
pub(super) fn coach_kg(road_km: f64) -> u32 {
    kilograms(road_km * COACH_KG_PER_KM)
}

/// One person's share of `cars` with `people` in them.
pub(super) fn car_kg(road_km: f64, cars: u32, people: u32) -> u32 {
    kilograms(road_km * CAR_KG_PER_KM * f64::from(cars) / f64::from(people))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10,000")]
fn kilograms(kg: f64) -> u32 {
    kg.round() as u32
}
