//! Exact numbers: units, rationals, money, missing, rounding and apportionment.
