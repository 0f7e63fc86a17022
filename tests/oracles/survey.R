# Reference values for wfaudit/survey.py, from package survey. Prints one JSON object.
# The schools are published: the Academic Performance Index samples that come with the package.
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
data(api)
tilted <- apiclus1
tilted$pw <- tilted$pw * (0.4 + (tilted$enroll %% 7) / 3) # clusters with weights that differ inside them

numbers <- function(x) unname(as.numeric(x))
share <- function(data, clustered) {
  data$y <- as.numeric(data$sch.wide == "Yes")
  design <- if (clustered) svydesign(ids = ~dnum, weights = ~pw, data = data) else svydesign(ids = ~1, weights = ~pw, data = data)
  found <- svymean(~y, design, deff = "replace")
  at <- function(level) numbers(confint(svyciprop(~ I(y == 1), design, method = "logit", level = level)))
  c(list(
    y = data$y, w = numbers(data$pw), estimate = numbers(coef(found)), se = numbers(SE(found)),
    df = degf(design), deff = numbers(deff(found)), kish = sum(data$pw)^2 / sum(data$pw^2),
    limits95 = at(0.95), limits90 = at(0.9)
  ), if (clustered) list(cluster = as.numeric(data$dnum)))
}
gap <- function(data, clustered) {
  data$y <- as.numeric(data$sch.wide == "Yes")
  data$g <- as.numeric(data$stype == "E")
  design <- if (clustered) svydesign(ids = ~dnum, weights = ~pw, data = data) else svydesign(ids = ~1, weights = ~pw, data = data)
  by_group <- svyby(~y, ~g, design, svymean, covmat = TRUE)
  found <- svycontrast(by_group, c("0" = -1, "1" = 1))
  slope <- svyglm(y ~ g, design)
  c(list(
    y = data$y, w = numbers(data$pw), group = data$g, estimate = numbers(coef(found)),
    se = numbers(SE(found)), se_glm = numbers(SE(slope)[2])
  ), if (clustered) list(cluster = as.numeric(data$dnum)))
}
sets <- list(
  strat = share(apistrat, FALSE), clus1 = share(apiclus1, TRUE), tilted = share(tilted, TRUE),
  clus2 = share(apiclus2, TRUE), gap_strat = gap(apistrat, FALSE), gap_tilted = gap(tilted, TRUE),
  gap_clus2 = gap(apiclus2, TRUE)
)
values <- list()
for (set in names(sets)) {
  for (name in names(sets[[set]])) values[[paste(set, name, sep = ".")]] <- sets[[set]][[name]]
}
cat(toJSON(values, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "\n")
