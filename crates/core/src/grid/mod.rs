//! Geotransforms, ellipsoidal areas, polygon overlay and coverage.
