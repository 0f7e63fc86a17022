# Reference values for wfaudit/estimators/discontinuity.py: lm with triangular weights, HC3 of sandwich.
suppressPackageStartupMessages({
  library(sandwich)
  library(jsonlite)
})
# people, written down so that anybody can make them again without a random number
person <- 0:239
amounts <- list(
  contacts = list(x = person %% 40 - 20, y = (person * 7) %% 5 + 2 * (person %% 40 >= 20), width = 15),
  yes_no = list(x = person %% 60 - 25, y = as.numeric((person * 11) %% 17 < 5 + 6 * (person %% 60 >= 25)), width = 20),
  few_places = list(x = person %% 6 - 3, y = (person * 13) %% 7 + (person %% 6) / 2, width = 4)
)
values <- list()
for (name in names(amounts)) {
  people <- as.data.frame(amounts[[name]][c("x", "y")])
  width <- amounts[[name]]$width
  people$weight <- pmax(1 - abs(people$x) / width, 0)
  people$above <- as.numeric(people$x >= 0)
  near <- people[people$weight > 0, ]
  fit <- lm(y ~ x * above, data = near, weights = weight)
  se <- sqrt(vcovHC(fit, type = "HC3")["above", "above"])
  values[[paste0(name, ".x")]] <- people$x
  values[[paste0(name, ".y")]] <- people$y
  values[[paste0(name, ".width")]] <- width
  values[[paste0(name, ".jump")]] <- unname(coef(fit)["above"])
  values[[paste0(name, ".se")]] <- se
  values[[paste0(name, ".limits")]] <- unname(coef(fit)["above"]) + c(-1, 1) * qt(0.975, nrow(near) - 4) * se
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, pretty = TRUE), "\n")
