# Reference values for wfaudit/transitions.py, from R's survival package and base R. Prints one JSON
# object. mgus2 (Kyle et al. 2002): from monoclonal gammopathy to a malignancy or to death, whichever
# came first, by year of follow-up. moves: invented moves between without work, in work, training.
suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

year <- with(mgus2, ceiling(ifelse(pstat == 1, pmin(ptime, futime), futime) / 12))
year <- pmax(year, 1)
event <- with(mgus2, factor(ifelse(pstat == 1, 1, 2 * death), 0:2, c("censor", "malignant", "dead")))
fit <- survfit(Surv(year, event) ~ 1)
years <- 1:20
at_risk <- sapply(years, function(y) sum(year >= y))
to_malignant <- sapply(years, function(y) sum(year == y & event == "malignant"))
to_dead <- sapply(years, function(y) sum(year == y & event == "dead"))
found <- summary(fit, times = years)$pstate

moves <- rbind(c(410, 150, 60), c(90, 700, 20), c(55, 70, 45))
shares <- moves / rowSums(moves)
# entries into the first state over eight periods, by adding up where people are before each
entries <- function(start, into, periods) {
  there <- replace(numeric(3), start, 1)
  total <- 0
  for (period in seq_len(periods)) {
    total <- total + sum(there[-into] * shares[-into, into])
    there <- drop(there %*% shares)
  }
  total
}
wilson <- lapply(1:3, function(i) sapply(1:3, function(j) {
  prop.test(moves[i, j], sum(moves[i, ]), correct = FALSE)$conf.int
}))

values <- list(
  mgus.at_risk = at_risk, mgus.malignant = to_malignant, mgus.dead = to_dead,
  mgus.pstate = found,
  moves.counts = moves, moves.shares = shares,
  moves.low = do.call(rbind, lapply(wilson, function(w) w[1, ])),
  moves.high = do.call(rbind, lapply(wilson, function(w) w[2, ])),
  moves.entries = sapply(1:3, function(start) sapply(1:3, function(into) entries(start, into, 8)))
)
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
