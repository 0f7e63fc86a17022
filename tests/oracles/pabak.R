# Reference values for wfaudit/measures/overrides/reliance.py, two kinds of advice: epi.kappa of epiR.
suppressWarnings(suppressPackageStartupMessages({
  library(epiR)
  library(jsonlite)
}))
tables <- list(
  yes_no = rbind(c(20, 5), c(10, 65)),
  rare = rbind(c(980, 6), c(9, 5)),
  apart = rbind(c(12, 30), c(25, 9))
)
values <- list()
for (name in names(tables)) {
  found <- epi.kappa(tables[[name]])
  values[[paste0(name, ".table")]] <- as.numeric(t(tables[[name]]))
  values[[paste0(name, ".pabak")]] <- found$pabak$est
  values[[paste0(name, ".limits")]] <- c(found$pabak$lower, found$pabak$upper) # Clopper-Pearson of the share
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")
