# Reference values for wfaudit/ordered.py, from pROC and base R. Prints one JSON object.
# The people are published: aSAH (Turck et al. 2010), 113 patients with two ordered five-tier scales.
suppressPackageStartupMessages({
  library(pROC)
  library(jsonlite)
})
data(aSAH)

# chance that one of `case` is in a higher tier than one of `control`, and the counts it comes from
above <- function(case, control, tiers) {
  curve <- roc(
    response = c(rep(1, length(case)), rep(0, length(control))),
    predictor = as.numeric(c(case, control)), levels = c(0, 1), direction = "<", quiet = TRUE
  )
  area <- as.numeric(auc(curve))
  variance <- var(curve, method = "delong")
  n <- length(case)
  m <- length(control)
  w <- suppressWarnings(wilcox.test(as.numeric(case), as.numeric(control))$statistic)
  # Brunner and Munzel (2000), from ranks
  both <- rank(c(as.numeric(case), as.numeric(control)))
  s1 <- var(both[1:n] - rank(as.numeric(case)))
  s2 <- var(both[n + 1:m] - rank(as.numeric(control)))
  df <- (s1 / m^2 / n + s2 / n^2 / m)^2 / ((s1 / m^2 / n)^2 / (n - 1) + (s2 / n^2 / m)^2 / (m - 1))
  half <- qt(0.975, df) * sqrt(variance) / (area * (1 - area))
  list(
    counts = as.numeric(table(factor(case, levels = tiers))),
    counts_ref = as.numeric(table(factor(control, levels = tiers))),
    estimate = area, by_wilcoxon = unname(w) / (n * m), se = sqrt(variance), df = df,
    low = plogis(qlogis(area) - half), high = plogis(qlogis(area) + half)
  )
}
asah <- list(
  wfns_poor = with(aSAH, above(wfns[outcome == "Poor"], wfns[outcome == "Good"], 1:5)),
  wfns_women = with(aSAH, above(wfns[gender == "Female"], wfns[gender == "Male"], 1:5)),
  gos6_good = with(aSAH, above(gos6[gender == "Female"], gos6[gender == "Male"], 1:5)),
  gos6_old = with(aSAH, above(gos6[age > 55], gos6[age <= 55], 1:5))
)
# invented people in three tiers
three <- function(counts) rep(1:3, counts)
asah$three_up <- above(three(c(10, 20, 30)), three(c(30, 20, 10)), 1:3)
asah$three_rare <- above(three(c(180, 15, 5)), three(c(900, 80, 20)), 1:3)
values <- list()
for (set in names(asah)) {
  for (name in names(asah[[set]])) values[[paste(set, name, sep = ".")]] <- asah[[set]][[name]]
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
