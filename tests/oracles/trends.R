# Reference values for wfaudit/trends.py, from base R. Prints one JSON object.
# smokers: the example of prop.trend.test (Fleiss 1981, page 139); infants: malformations by the
# mother's drinks a day (Graubard and Korn 1987, in Agresti's textbooks); quarters, falling, rare,
# uneven: invented counts. Slopes by lm (weights n) and glm (binomial); the chance of as large a
# break by following the hypergeometric chain of cases dealt so far.
suppressPackageStartupMessages(library(jsonlite))

sets <- list(
  smokers = list(k = c(83, 90, 129, 70), n = c(86, 93, 136, 82), when = 1:4, at = 3),
  infants = list(k = c(48, 38, 5, 1, 1), n = c(17114, 14502, 793, 127, 38), when = c(0, .5, 1.5, 4, 7), at = 2),
  quarters = list(k = c(41, 38, 45, 40, 66, 71, 59, 70), n = c(210, 198, 220, 205, 214, 207, 190, 212), when = 0:7, at = 4),
  falling = list(k = c(120, 109, 104, 96, 85, 80, 70, 66, 55, 49), n = rep(400, 10), when = 1:10, at = 5),
  rare = list(k = c(1, 0, 2, 1, 3, 4, 2), n = c(310, 290, 305, 300, 280, 299, 301), when = 1:7, at = 4),
  uneven = list(k = c(9, 12, 30, 4, 22), n = c(20, 35, 90, 12, 80), when = c(1, 2, 5, 6, 10), at = 2)
)
# a tolerance that is never met, so that all the rounds are run and the errors are exact too
exactly <- glm.control(epsilon = 1e-15, maxit = 100)
fitted_glm <- function(...) suppressWarnings(glm(..., family = binomial, control = exactly))

chi_squares <- function(k, n) {
  sapply(seq_along(k)[-1], function(j) {
    before <- seq_len(j - 1)
    table <- rbind(c(sum(k[before]), sum((n - k)[before])), c(sum(k[-before]), sum((n - k)[-before])))
    unname(suppressWarnings(chisq.test(table, correct = FALSE))$statistic)
  })
}

chance_of_as_large <- function(k, n) {
  bound <- max(chi_squares(k, n)) * (1 - 1e-9)
  total <- sum(n)
  cases <- sum(k)
  inside <- 1 # chance of each number of cases dealt so far without having reached the bound
  dealt <- 0
  for (j in seq_len(length(n) - 1)) {
    so_far <- sum(n[seq_len(j)])
    earlier <- so_far - n[j]
    next_dealt <- 0:min(cases, so_far)
    chance <- sapply(next_dealt, function(s) {
      sum(inside * dhyper(s - dealt, cases - dealt, total - earlier - (cases - dealt), n[j]))
    })
    expected <- cases * so_far / total
    spread <- cases * (total - cases) * so_far * (total - so_far) / total^3
    keep <- (next_dealt - expected)^2 / spread < bound
    dealt <- next_dealt[keep]
    inside <- chance[keep]
  }
  1 - sum(inside)
}

values <- list()
for (name in names(sets)) {
  with(sets[[name]], {
    found <- list(k = k, n = n, when = when, at = at)
    found$trend_chi_square <- unname(prop.trend.test(k, n, when)$statistic)
    found$trend_p <- prop.trend.test(k, n, when)$p.value
    line <- lm(k / n ~ when, weights = n)
    # shares on the line, each drawn by one person to the share of all
    share <- (n * pmin(pmax(fitted(line), 0), 1) + sum(k) / sum(n)) / (n + 1)
    centred <- when - weighted.mean(when, n)
    found$slope <- unname(coef(line)[2])
    found$slope_se <- sqrt(sum(n * centred^2 * share * (1 - share))) / sum(n * centred^2)
    rise <- fitted_glm(cbind(k, n - k) ~ when)
    found$logit_slope <- summary(rise)$coefficients[2, 1]
    found$logit_slope_se <- summary(rise)$coefficients[2, 2]
    step <- as.numeric(seq_along(k) > at)
    shift <- fitted_glm(cbind(k, n - k) ~ when + step)
    found$shift <- summary(shift)$coefficients[3, 1]
    found$shift_se <- summary(shift)$coefficients[3, 2]
    chi <- chi_squares(k, n)
    found$break_at <- which.max(chi)
    found$break_chi_square <- max(chi)
    found$break_p <- chance_of_as_large(k, n)
    for (what in names(found)) values[[paste(name, what, sep = ".")]] <<- found[[what]]
  })
}

# two regions in one regression: the interaction is the difference of their slopes
both <- with(sets, data.frame(
  k = c(quarters$k, falling$k[1:8]), n = c(quarters$n, falling$n[1:8]),
  when = rep(0:7, 2), region = rep(c(1, 0), each = 8)
))
fit <- fitted_glm(cbind(k, n - k) ~ when * region, data = both)
values$regions.gap <- summary(fit)$coefficients[4, 1]
values$regions.se <- summary(fit)$coefficients[4, 2]
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
