# Reference values for wfaudit/discrimination.py, from pROC. Prints one JSON object.
# The people are those of aSAH (Turck et al. 2010, in pROC; the event is a poor outcome), and
# invented ones given here as counts at rising values of a score, drawn once, ties included.
suppressPackageStartupMessages({
  library(pROC)
  library(jsonlite)
})
data(aSAH)

invented <- list(
  small = list(
    events = c(0, 0, 0, 0, 0, 0, 3, 2, 2, 2, 2, 1),
    nonevents = c(1, 3, 2, 5, 5, 6, 6, 4, 4, 1, 2, 1)
  ),
  even = list(
    events = c(0, 0, 2, 3, 2, 1, 4, 1, 1, 6, 4, 4, 8, 8, 3, 4, 3, 2, 1, 1, 2),
    nonevents = c(1, 2, 3, 2, 9, 5, 6, 3, 10, 5, 2, 6, 5, 5, 1, 3, 0, 1, 1, 0, 0)
  ),
  rare = list(
    events = c(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 1, 0, 1, 1, 1, 0, 1, 2, 0, 2, 0, 1, 0, 1),
    nonevents = c(1, 1, 3, 3, 4, 4, 7, 6, 9, 10, 12, 17, 12, 25, 27, 27, 28, 31, 30, 22, 19, 20, 19, 20, 11, 10, 4, 5, 4, 2, 2, 1, 2, 2)
  ),
  good = list(
    events = c(0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 1, 5, 10, 14, 11, 17, 5, 5, 7, 2),
    nonevents = c(1, 2, 4, 3, 8, 11, 14, 9, 17, 14, 17, 8, 6, 3, 3, 0, 0, 0, 0, 0)
  ),
  none = list(
    events = c(0, 0, 1, 2, 2, 1, 2, 5, 6, 7, 5, 5, 5, 4, 2, 1, 1, 1, 0, 0),
    nonevents = c(1, 1, 1, 2, 1, 1, 2, 2, 4, 6, 4, 3, 6, 3, 4, 3, 2, 2, 1, 1)
  ),
  turned = list(
    events = c(1, 1, 5, 7, 12, 6, 7, 1, 0, 0, 0),
    nonevents = c(2, 1, 2, 11, 8, 10, 13, 5, 5, 2, 1)
  )
)
# two scores of the same invented people
both <- list(
  s1 = c(0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3),
  s2 = c(0, 1, 1, 0, 0, 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3, 4, 4),
  y = c(0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1),
  n = c(23, 7, 1, 11, 7, 7, 5, 7, 5, 8, 7, 7, 4, 5, 3, 5, 15, 5, 14, 5, 9)
)

curve_of <- function(y, score) roc(y, score, levels = c(0, 1), direction = "<", quiet = TRUE)
expanded <- function(table) {
  grid <- seq_along(table$events)
  curve_of(
    rep(c(1, 0), c(sum(table$events), sum(table$nonevents))),
    c(rep(grid, table$events), rep(grid, table$nonevents))
  )
}
counted <- function(curve) {
  grid <- sort(unique(c(curve$cases, curve$controls)))
  count <- function(x) as.numeric(table(factor(x, levels = grid)))
  list(events = count(curve$cases), nonevents = count(curve$controls))
}
# the logit interval by hand, and the Mann-Whitney statistic as a second source of the area
found <- function(curve) {
  area <- as.numeric(auc(curve))
  variance <- var(curve, method = "delong")
  logits <- function(level) {
    half <- qnorm((1 + level) / 2) * sqrt(variance) / (area * (1 - area))
    plogis(qlogis(area) + c(-half, half))
  }
  wald <- as.numeric(ci.auc(curve, method = "delong"))
  rank_sum <- suppressWarnings(wilcox.test(curve$cases, curve$controls))$statistic
  c(counted(curve), list(
    auc = area, var = variance, logit95 = logits(0.95), logit90 = logits(0.90),
    wald95 = wald[c(1, 3)], wilcoxon = as.numeric(rank_sum) / length(curve$cases) / length(curve$controls)
  ))
}
poor <- as.numeric(aSAH$outcome == "Poor")
women <- aSAH$gender == "Female"
curves <- c(lapply(invented, expanded), list(
  s100b = curve_of(poor, aSAH$s100b), wfns = curve_of(poor, as.numeric(aSAH$wfns)),
  ndka = curve_of(poor, aSAH$ndka), s100b_women = curve_of(poor[women], aSAH$s100b[women]),
  s100b_men = curve_of(poor[!women], aSAH$s100b[!women])
))
values <- list(curves = lapply(curves, found))

unpaired <- function(a, b) {
  test <- roc.test(curves[[a]], curves[[b]], method = "delong", paired = FALSE)
  difference <- as.numeric(auc(curves[[a]]) - auc(curves[[b]]))
  list(
    a = a, b = b, difference = difference, se = difference / test$statistic[[1]],
    D = test$statistic[[1]], df = test$parameter[[1]], p = test$p.value
  )
}
pairs <- list(
  c("s100b_women", "s100b_men"), c("small", "even"), c("rare", "good"), c("none", "turned"), c("good", "even")
)
values$unpaired <- lapply(pairs, function(x) unpaired(x[1], x[2]))

paired <- function(first, second, y, n) {
  a <- curve_of(rep(y, n), rep(first, n))
  b <- curve_of(rep(y, n), rep(second, n))
  test <- roc.test(a, b, method = "delong", paired = TRUE)
  difference <- as.numeric(auc(a) - auc(b))
  list(
    s1 = first, s2 = second, y = y, n = n, difference = difference,
    se = difference / test$statistic[[1]], Z = test$statistic[[1]], p = test$p.value,
    cov = cov(a, b, method = "delong")
  )
}
one <- rep(1, nrow(aSAH))
values$paired <- list(
  s100b_wfns = paired(aSAH$s100b, as.numeric(aSAH$wfns), poor, one),
  s100b_ndka = paired(aSAH$s100b, aSAH$ndka, poor, one),
  wfns_ndka = paired(as.numeric(aSAH$wfns), aSAH$ndka, poor, one),
  invented = paired(both$s1, both$s2, both$y, both$n)
)
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
