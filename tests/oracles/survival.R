# Reference values for wfaudit/survival.py, from R's survival package. Prints one JSON object.
# The people are published: lung (Loprinzi et al. 1994), aml (Miller 1997) and veteran (Kalbfleisch
# and Prentice 1980) from package survival, the leukaemia trial of Freireich et al. (1963) from MASS.
suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
  library(MASS)
})

counted <- function(time, event) {
  grid <- sort(unique(time))
  list(
    time = grid,
    events = as.numeric(table(factor(time[event == 1], levels = grid))),
    censored = as.numeric(table(factor(time[event == 0], levels = grid)))
  )
}

# a fit, and what is asked of it at some horizons
asked <- function(time, event, horizons, quantiles) {
  fit <- survfit(Surv(time, event) ~ 1, conf.type = "log-log")
  at <- summary(fit, times = horizons)
  q <- quantile(fit, probs = quantiles)
  means <- t(sapply(horizons, function(h) {
    row <- summary(fit, rmean = h)$table
    c(row[["rmean"]], row[["se(rmean)"]])
  }))
  c(counted(time, event), list(
    n_risk = fit$n.risk, surv = fit$surv, std_err = fit$surv * fit$std.err,
    horizons = horizons, at_surv = at$surv, at_se = at$std.err, at_low = at$lower, at_high = at$upper,
    mean = means[, 1], mean_se = means[, 2],
    quantiles = quantiles, time_until = as.numeric(q$quantile),
    time_until_low = as.numeric(q$lower), time_until_high = as.numeric(q$upper)
  ))
}

treated <- gehan[gehan$treat == "6-MP", ]
sets <- list(
  lung = asked(lung$time, lung$status - 1, c(100, 200, 365, 500, 700), c(0.25, 0.5, 0.75)),
  lung_men = with(lung[lung$sex == 1, ], asked(time, status - 1, c(180, 365, 600), c(0.3, 0.5, 0.6))),
  lung_women = with(lung[lung$sex == 2, ], asked(time, status - 1, c(180, 365, 600), c(0.3, 0.5, 0.6))),
  veteran = asked(veteran$time, veteran$status, c(30, 80, 200, 400), c(0.2, 0.5, 0.8)),
  aml = asked(aml$time, aml$status, c(10, 20, 30, 45), c(0.25, 0.4)),
  freireich = asked(treated$time, treated$cens, c(6, 10, 22), c(0.2))
)

values <- list()
for (set in names(sets)) {
  for (name in names(sets[[set]])) values[[paste(set, name, sep = ".")]] <- sets[[set]][[name]]
}

z <- qnorm(0.975)
difference <- function(a, se_a, b, se_b) {
  gap <- a - b
  se <- sqrt(se_a^2 + se_b^2)
  list(gap = gap, se = se, low = gap - z * se, high = gap + z * se)
}
women <- sets$lung_women
men <- sets$lung_men
share <- difference(women$at_surv, women$at_se, men$at_surv, men$at_se)
means <- difference(women$mean, women$mean_se, men$mean, men$mean_se)
for (name in names(share)) {
  values[[paste0("lung_sex.share_", name)]] <- share[[name]]
  values[[paste0("lung_sex.mean_", name)]] <- means[[name]]
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
