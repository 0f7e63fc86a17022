# Reference values for wfaudit/shrinkage.py, from VGAM. Prints one JSON object.
# Litters of rats (Moore and Tsiatis 1991): of N foetuses R were dead. One mean and one correlation.
suppressPackageStartupMessages({
  library(VGAM)
  library(jsonlite)
})
data(lirat)
data(cbpp, package = "lme4")

best <- function(k, n, more = numeric(0)) {
  d <- data.frame(k = k, n = n)
  fit <- vglm(cbind(k, n - k) ~ 1, betabinomial, data = d, epsilon = 1e-12, maxit = 200)
  found <- Coef(fit)
  precision <- 1 / found[["rho"]] - 1
  at <- function(mean, precision) {
    sum(dbetabinom.ab(k, n, mean * precision, (1 - mean) * precision, log = TRUE))
  }
  list(
    k = k, n = n, mean = found[["mu"]], rho = found[["rho"]], log_likelihood = logLik(fit),
    at_half_and_two = at(0.5, 2), at_tenth_and_thirty = at(0.1, 30), at_best = at(found[["mu"]], precision)
  )
}
herds <- aggregate(cbind(incidence, size) ~ herd, cbpp, sum)
sets <- list(
  lirat = best(lirat$R, lirat$N),
  lirat_first = with(lirat[lirat$grp == 1, ], best(R, N)),
  cbpp = best(as.numeric(herds$incidence), as.numeric(herds$size)),
  cells = best(c(12, 3, 30, 8, 0, 21, 5, 17), c(40, 25, 60, 10, 9, 55, 30, 20))
)
values <- list()
for (set in names(sets)) {
  for (name in names(sets[[set]])) values[[paste(set, name, sep = ".")]] <- sets[[set]][[name]]
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
