# Reference values for wfaudit/estimators/enumerated.py: Fisher's exact test, and in strata. Base R.
suppressPackageStartupMessages(library(jsonlite))
tables <- list(
  tea = c(3, 4, 1, 4), # Fisher 1935: the lady tasting tea
  job = c(12, 40, 25, 44),
  rare = c(0, 500, 6, 480),
  one_sided = c(5, 5, 0, 7),
  many = c(700, 2100, 610, 2050)
)
strata <- list(
  two = list(c(3, 4, 1, 4), c(5, 6, 2, 6)),
  tiers = list(c(4, 30, 9, 61), c(11, 25, 14, 60), c(20, 31, 29, 70)),
  empty_side = list(c(3, 9, 5, 12), c(2, 5, 6, 8), c(0, 3, 1, 6)),
  many = list(c(140, 400, 230, 900), c(61, 300, 90, 420))
)
square <- function(x) matrix(c(x[1], x[2] - x[1], x[3], x[4] - x[3]), nrow = 2)
values <- list()
for (name in names(tables)) {
  values[[paste0(name, ".table")]] <- tables[[name]]
  values[[paste0(name, ".p")]] <- fisher.test(square(tables[[name]]))$p.value
}
for (name in names(strata)) {
  cells <- array(unlist(lapply(strata[[name]], square)), dim = c(2, 2, length(strata[[name]])))
  values[[paste0("strata.", name, ".table")]] <- unlist(strata[[name]])
  values[[paste0("strata.", name, ".p")]] <- mantelhaen.test(cells, exact = TRUE)$p.value
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")
