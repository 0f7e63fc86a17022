# Reference values for wfaudit/agreement.py, from vcd, psych and base R. Prints one JSON object.
suppressPackageStartupMessages({
  library(vcd)
  library(psych)
  library(jsonlite)
})
tables <- list(
  tiers = rbind(c(88, 14, 18), c(10, 40, 10), c(2, 6, 12)), # Fleiss, Levin and Paik 2003, table 18.1
  abstractors = rbind(c(13, 0, 0), c(0, 20, 7), c(0, 4, 56)), # Gwet 2014
  diagnosis = rbind(c(40, 4, 4, 17), c(6, 25, 2, 13), c(4, 1, 21, 12), c(15, 5, 9, 45)), # Gwet 2014
  yes_no = rbind(c(20, 5), c(10, 65)),
  rare = rbind(c(980, 6), c(9, 5)),
  below_chance = rbind(c(5, 30, 5), c(20, 5, 15), c(5, 10, 5))
)
values <- list()
for (name in names(tables)) {
  table <- as.table(tables[[name]])
  linear <- Kappa(table, weights = "Equal-Spacing")
  quadratic <- Kappa(table, weights = "Fleiss-Cohen")
  both <- suppressWarnings(cohen.kappa(tables[[name]]))
  values[[paste0(name, ".table")]] <- as.numeric(t(tables[[name]]))
  values[[paste0(name, ".same")]] <- unname(linear$Unweighted)
  values[[paste0(name, ".linear")]] <- unname(linear$Weighted)
  values[[paste0(name, ".quadratic")]] <- unname(quadratic$Weighted)
  values[[paste0(name, ".limits")]] <- as.numeric(confint(linear)["Unweighted", ])
  values[[paste0(name, ".psych_same")]] <- c(both$kappa, sqrt(both$var.kappa))
  # psych 2.2.9 has the variance of the weighted kappa wrong (0 for the abstractors), so only the value
  values[[paste0(name, ".psych_quadratic")]] <- both$weighted.kappa
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
