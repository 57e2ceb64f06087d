-- Written by `python -m scoring.features.history.compiled` from the definitions.
-- step bureau bureau_0
SELECT
  "t3"."SK_ID_CURR",
  "t3"."bureau_count",
  "t3"."bureau_age_mean",
  "t3"."bureau_age_min",
  "t3"."bureau_age_max",
  "t3"."bureau_amount_sum",
  "t3"."bureau_amount_mean",
  "t3"."bureau_amount_max",
  "t3"."bureau_duration_mean",
  "t3"."bureau_annuity_sum",
  "t3"."bureau_worst_overdue_sum",
  "t3"."bureau_worst_overdue_max",
  "t3"."bureau_ever_late_share",
  "t3"."bureau_updated_min",
  "t3"."bureau_active_count",
  "t3"."bureau_active_age_mean",
  "t3"."bureau_active_age_min",
  "t3"."bureau_active_age_max",
  "t3"."bureau_active_amount_sum",
  "t3"."bureau_active_amount_mean",
  "t3"."bureau_active_amount_max",
  "t3"."bureau_active_duration_mean",
  "t3"."bureau_active_annuity_sum",
  "t3"."bureau_active_worst_overdue_sum",
  "t3"."bureau_active_worst_overdue_max",
  "t3"."bureau_active_ever_late_share",
  "t3"."bureau_active_updated_min",
  "t3"."bureau_closed_count",
  "t3"."bureau_closed_age_mean",
  "t3"."bureau_closed_age_min",
  "t3"."bureau_closed_age_max",
  "t3"."bureau_closed_amount_sum",
  "t3"."bureau_closed_amount_mean",
  "t3"."bureau_closed_amount_max",
  "t3"."bureau_closed_duration_mean",
  "t3"."bureau_closed_annuity_sum",
  "t3"."bureau_closed_worst_overdue_sum",
  "t3"."bureau_closed_worst_overdue_max",
  "t3"."bureau_closed_ever_late_share",
  "t3"."bureau_closed_updated_min",
  "t3"."bureau_debt_sum",
  "t3"."bureau_debt_mean",
  "t3"."bureau_debt_max",
  "t3"."bureau_owed_part_mean",
  "t3"."bureau_owed_part_max",
  "t3"."bureau_limit_sum",
  "t3"."bureau_overdue_sum",
  "t3"."bureau_overdue_max",
  "t3"."bureau_days_overdue_max",
  "t3"."bureau_remaining_mean",
  "t3"."bureau_remaining_max",
  "t3"."bureau_late_count",
  "t3"."bureau_active_debt_sum",
  "t3"."bureau_active_debt_mean",
  "t3"."bureau_active_debt_max",
  "t3"."bureau_active_owed_part_mean",
  "t3"."bureau_active_owed_part_max",
  "t3"."bureau_active_limit_sum",
  "t3"."bureau_active_overdue_sum",
  "t3"."bureau_active_overdue_max",
  "t3"."bureau_active_days_overdue_max",
  "t3"."bureau_active_remaining_mean",
  "t3"."bureau_active_remaining_max",
  "t3"."bureau_active_late_count",
  "t3"."bureau_closed_ended_mean",
  "t3"."bureau_closed_ended_min",
  "t3"."bureau_closed_early_mean",
  "t3"."bureau_closed_early_min",
  "t3"."bureau_active_share",
  "t3"."bureau_closed_share",
  "t3"."bureau_bad_count",
  "t3"."bureau_past_end_count",
  "t3"."bureau_foreign_count",
  "t3"."bureau_prolonged_sum",
  "t3"."bureau_consumer_count",
  "t3"."bureau_consumer_active_count",
  "t3"."bureau_consumer_debt_sum",
  "t3"."bureau_card_count",
  "t3"."bureau_card_active_count",
  "t3"."bureau_card_debt_sum",
  "t3"."bureau_car_count",
  "t3"."bureau_car_active_count",
  "t3"."bureau_car_debt_sum",
  "t3"."bureau_mortgage_count",
  "t3"."bureau_mortgage_active_count",
  "t3"."bureau_mortgage_debt_sum",
  "t3"."bureau_microloan_count",
  "t3"."bureau_microloan_active_count",
  "t3"."bureau_microloan_debt_sum",
  "t3"."bureau_3m_count",
  "t3"."bureau_3m_active_count",
  "t3"."bureau_3m_amount_sum",
  "t3"."bureau_3m_debt_sum",
  "t3"."bureau_6m_count",
  "t3"."bureau_6m_active_count",
  "t3"."bureau_6m_amount_sum",
  "t3"."bureau_6m_debt_sum",
  "t3"."bureau_12m_count",
  "t3"."bureau_12m_active_count",
  "t3"."bureau_12m_amount_sum",
  "t3"."bureau_12m_debt_sum",
  "t3"."bureau_24m_count",
  "t3"."bureau_24m_active_count",
  "t3"."bureau_24m_amount_sum",
  "t3"."bureau_24m_debt_sum",
  CAST("t3"."bureau_consumer_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_consumer_share",
  CAST("t3"."bureau_card_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_card_share",
  CAST("t3"."bureau_car_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_car_share",
  CAST("t3"."bureau_mortgage_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_mortgage_share",
  CAST("t3"."bureau_microloan_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_microloan_share",
  "t3"."bureau_active_debt_sum" / NULLIF("t3"."bureau_active_amount_sum", 0.0) AS "bureau_active_debt_to_amount",
  "t3"."bureau_active_overdue_sum" / NULLIF("t3"."bureau_active_debt_sum", 0.0) AS "bureau_active_overdue_to_debt",
  "t3"."bureau_active_debt_sum" / NULLIF("t3"."bureau_active_limit_sum", 0.0) AS "bureau_active_debt_to_limit",
  CAST("t3"."bureau_12m_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_12m_to_all_count",
  "t3"."bureau_12m_amount_sum" / NULLIF("t3"."bureau_amount_sum", 0.0) AS "bureau_12m_to_all_amount",
  CAST("t3"."bureau_24m_count" AS DOUBLE) / NULLIF(CAST("t3"."bureau_count" AS DOUBLE), 0.0) AS "bureau_24m_to_all_count",
  "t3"."bureau_24m_amount_sum" / NULLIF("t3"."bureau_amount_sum", 0.0) AS "bureau_24m_to_all_amount"
FROM (
  SELECT
    "t2"."SK_ID_CURR",
    CAST(COUNT(*) AS INT) AS "bureau_count",
    AVG("t2"."age") AS "bureau_age_mean",
    MIN("t2"."age") AS "bureau_age_min",
    MAX("t2"."age") AS "bureau_age_max",
    SUM("t2"."amount") AS "bureau_amount_sum",
    AVG("t2"."amount") AS "bureau_amount_mean",
    MAX("t2"."amount") AS "bureau_amount_max",
    AVG("t2"."duration") AS "bureau_duration_mean",
    SUM("t2"."annuity") AS "bureau_annuity_sum",
    SUM("t2"."worst_overdue") AS "bureau_worst_overdue_sum",
    MAX("t2"."worst_overdue") AS "bureau_worst_overdue_max",
    CAST(COUNT(NULLIF("t2"."ever_late", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "bureau_ever_late_share",
    MIN("t2"."updated") AS "bureau_updated_min",
    CAST(COUNT(NULLIF("t2"."is_active", FALSE)) AS INT) AS "bureau_active_count",
    AVG(CASE WHEN "t2"."is_active" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_age_mean",
    MIN(CASE WHEN "t2"."is_active" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_age_min",
    MAX(CASE WHEN "t2"."is_active" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_age_max",
    SUM(CASE WHEN "t2"."is_active" THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_amount_sum",
    AVG(CASE WHEN "t2"."is_active" THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_amount_mean",
    MAX(CASE WHEN "t2"."is_active" THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_amount_max",
    AVG(CASE WHEN "t2"."is_active" THEN "t2"."duration" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_duration_mean",
    SUM(CASE WHEN "t2"."is_active" THEN "t2"."annuity" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_annuity_sum",
    SUM(
      CASE WHEN "t2"."is_active" THEN "t2"."worst_overdue" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_active_worst_overdue_sum",
    MAX(
      CASE WHEN "t2"."is_active" THEN "t2"."worst_overdue" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_active_worst_overdue_max",
    CAST(COUNT(NULLIF("t2"."is_active" AND "t2"."ever_late", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."is_active", FALSE)) AS DOUBLE), 0.0) AS "bureau_active_ever_late_share",
    MIN(CASE WHEN "t2"."is_active" THEN "t2"."updated" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_updated_min",
    CAST(COUNT(NULLIF("t2"."is_closed", FALSE)) AS INT) AS "bureau_closed_count",
    AVG(CASE WHEN "t2"."is_closed" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_age_mean",
    MIN(CASE WHEN "t2"."is_closed" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_age_min",
    MAX(CASE WHEN "t2"."is_closed" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_age_max",
    SUM(CASE WHEN "t2"."is_closed" THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_amount_sum",
    AVG(CASE WHEN "t2"."is_closed" THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_amount_mean",
    MAX(CASE WHEN "t2"."is_closed" THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_amount_max",
    AVG(CASE WHEN "t2"."is_closed" THEN "t2"."duration" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_duration_mean",
    SUM(CASE WHEN "t2"."is_closed" THEN "t2"."annuity" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_annuity_sum",
    SUM(
      CASE WHEN "t2"."is_closed" THEN "t2"."worst_overdue" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_closed_worst_overdue_sum",
    MAX(
      CASE WHEN "t2"."is_closed" THEN "t2"."worst_overdue" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_closed_worst_overdue_max",
    CAST(COUNT(NULLIF("t2"."is_closed" AND "t2"."ever_late", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."is_closed", FALSE)) AS DOUBLE), 0.0) AS "bureau_closed_ever_late_share",
    MIN(CASE WHEN "t2"."is_closed" THEN "t2"."updated" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_updated_min",
    SUM("t2"."debt") AS "bureau_debt_sum",
    AVG("t2"."debt") AS "bureau_debt_mean",
    MAX("t2"."debt") AS "bureau_debt_max",
    AVG("t2"."owed_part") AS "bureau_owed_part_mean",
    MAX("t2"."owed_part") AS "bureau_owed_part_max",
    SUM("t2"."limit") AS "bureau_limit_sum",
    SUM("t2"."overdue") AS "bureau_overdue_sum",
    MAX("t2"."overdue") AS "bureau_overdue_max",
    MAX("t2"."days_overdue") AS "bureau_days_overdue_max",
    AVG("t2"."remaining") AS "bureau_remaining_mean",
    MAX("t2"."remaining") AS "bureau_remaining_max",
    CAST(COUNT(NULLIF("t2"."late", FALSE)) AS INT) AS "bureau_late_count",
    SUM(CASE WHEN "t2"."is_active" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_debt_sum",
    AVG(CASE WHEN "t2"."is_active" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_debt_mean",
    MAX(CASE WHEN "t2"."is_active" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_debt_max",
    AVG(CASE WHEN "t2"."is_active" THEN "t2"."owed_part" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_owed_part_mean",
    MAX(CASE WHEN "t2"."is_active" THEN "t2"."owed_part" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_owed_part_max",
    SUM(CASE WHEN "t2"."is_active" THEN "t2"."limit" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_limit_sum",
    SUM(CASE WHEN "t2"."is_active" THEN "t2"."overdue" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_overdue_sum",
    MAX(CASE WHEN "t2"."is_active" THEN "t2"."overdue" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_overdue_max",
    MAX(
      CASE WHEN "t2"."is_active" THEN "t2"."days_overdue" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_active_days_overdue_max",
    AVG(CASE WHEN "t2"."is_active" THEN "t2"."remaining" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_remaining_mean",
    MAX(CASE WHEN "t2"."is_active" THEN "t2"."remaining" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_active_remaining_max",
    CAST(COUNT(NULLIF("t2"."is_active" AND "t2"."late", FALSE)) AS INT) AS "bureau_active_late_count",
    AVG(CASE WHEN "t2"."is_closed" THEN "t2"."ended" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_ended_mean",
    MIN(CASE WHEN "t2"."is_closed" THEN "t2"."ended" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_ended_min",
    AVG(CASE WHEN "t2"."is_closed" THEN "t2"."early" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_early_mean",
    MIN(CASE WHEN "t2"."is_closed" THEN "t2"."early" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_closed_early_min",
    CAST(COUNT(NULLIF("t2"."active", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "bureau_active_share",
    CAST(COUNT(NULLIF("t2"."closed", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "bureau_closed_share",
    CAST(COUNT(NULLIF("t2"."bad", FALSE)) AS INT) AS "bureau_bad_count",
    CAST(COUNT(NULLIF("t2"."past_end", FALSE)) AS INT) AS "bureau_past_end_count",
    CAST(COUNT(NULLIF("t2"."foreign", FALSE)) AS INT) AS "bureau_foreign_count",
    SUM("t2"."prolonged") AS "bureau_prolonged_sum",
    CAST(COUNT(NULLIF("t2"."is_consumer", FALSE)) AS INT) AS "bureau_consumer_count",
    CAST(COUNT(NULLIF("t2"."is_consumer" AND "t2"."active", FALSE)) AS INT) AS "bureau_consumer_active_count",
    SUM(CASE WHEN "t2"."is_consumer" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_consumer_debt_sum",
    CAST(COUNT(NULLIF("t2"."is_card", FALSE)) AS INT) AS "bureau_card_count",
    CAST(COUNT(NULLIF("t2"."is_card" AND "t2"."active", FALSE)) AS INT) AS "bureau_card_active_count",
    SUM(CASE WHEN "t2"."is_card" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_card_debt_sum",
    CAST(COUNT(NULLIF("t2"."is_car", FALSE)) AS INT) AS "bureau_car_count",
    CAST(COUNT(NULLIF("t2"."is_car" AND "t2"."active", FALSE)) AS INT) AS "bureau_car_active_count",
    SUM(CASE WHEN "t2"."is_car" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_car_debt_sum",
    CAST(COUNT(NULLIF("t2"."is_mortgage", FALSE)) AS INT) AS "bureau_mortgage_count",
    CAST(COUNT(NULLIF("t2"."is_mortgage" AND "t2"."active", FALSE)) AS INT) AS "bureau_mortgage_active_count",
    SUM(CASE WHEN "t2"."is_mortgage" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_mortgage_debt_sum",
    CAST(COUNT(NULLIF("t2"."is_microloan", FALSE)) AS INT) AS "bureau_microloan_count",
    CAST(COUNT(NULLIF("t2"."is_microloan" AND "t2"."active", FALSE)) AS INT) AS "bureau_microloan_active_count",
    SUM(CASE WHEN "t2"."is_microloan" THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_microloan_debt_sum",
    CAST(COUNT(NULLIF("t2"."period" <= 3, FALSE)) AS INT) AS "bureau_3m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 3
    ) AND "t2"."active", FALSE)) AS INT) AS "bureau_3m_active_count",
    SUM(CASE WHEN "t2"."period" <= 3 THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_3m_amount_sum",
    SUM(CASE WHEN "t2"."period" <= 3 THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_3m_debt_sum",
    CAST(COUNT(NULLIF("t2"."period" <= 6, FALSE)) AS INT) AS "bureau_6m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 6
    ) AND "t2"."active", FALSE)) AS INT) AS "bureau_6m_active_count",
    SUM(CASE WHEN "t2"."period" <= 6 THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_6m_amount_sum",
    SUM(CASE WHEN "t2"."period" <= 6 THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_6m_debt_sum",
    CAST(COUNT(NULLIF("t2"."period" <= 12, FALSE)) AS INT) AS "bureau_12m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 12
    ) AND "t2"."active", FALSE)) AS INT) AS "bureau_12m_active_count",
    SUM(CASE WHEN "t2"."period" <= 12 THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_12m_amount_sum",
    SUM(CASE WHEN "t2"."period" <= 12 THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_12m_debt_sum",
    CAST(COUNT(NULLIF("t2"."period" <= 24, FALSE)) AS INT) AS "bureau_24m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 24
    ) AND "t2"."active", FALSE)) AS INT) AS "bureau_24m_active_count",
    SUM(CASE WHEN "t2"."period" <= 24 THEN "t2"."amount" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_24m_amount_sum",
    SUM(CASE WHEN "t2"."period" <= 24 THEN "t2"."debt" ELSE CAST(NULL AS DOUBLE) END) AS "bureau_24m_debt_sum"
  FROM (
    SELECT
      "t1"."SK_ID_CURR",
      -(
        "t1"."DAYS_CREDIT"
      ) AS "age",
      "t1"."AMT_CREDIT_SUM" AS "amount",
      "t1"."DAYS_CREDIT_ENDDATE" - "t1"."DAYS_CREDIT" AS "duration",
      "t1"."AMT_ANNUITY" AS "annuity",
      "t1"."AMT_CREDIT_MAX_OVERDUE" AS "worst_overdue",
      COALESCE("t1"."AMT_CREDIT_MAX_OVERDUE" > 0, FALSE) AS "ever_late",
      -(
        "t1"."DAYS_CREDIT_UPDATE"
      ) AS "updated",
      "t1"."AMT_CREDIT_SUM_DEBT" AS "debt",
      "t1"."AMT_CREDIT_SUM_DEBT" / NULLIF("t1"."AMT_CREDIT_SUM", 0.0) AS "owed_part",
      "t1"."AMT_CREDIT_SUM_LIMIT" AS "limit",
      "t1"."AMT_CREDIT_SUM_OVERDUE" AS "overdue",
      "t1"."CREDIT_DAY_OVERDUE" AS "days_overdue",
      "t1"."DAYS_CREDIT_ENDDATE" AS "remaining",
      COALESCE(
        (
          "t1"."CREDIT_DAY_OVERDUE" > 0
        ) OR (
          "t1"."AMT_CREDIT_SUM_OVERDUE" > 0
        ),
        FALSE
      ) AS "late",
      -(
        "t1"."DAYS_ENDDATE_FACT"
      ) AS "ended",
      "t1"."DAYS_CREDIT_ENDDATE" - "t1"."DAYS_ENDDATE_FACT" AS "early",
      COALESCE("t1"."CREDIT_ACTIVE" = 'Active', FALSE) AS "active",
      COALESCE("t1"."CREDIT_ACTIVE" = 'Closed', FALSE) AS "closed",
      COALESCE("t1"."CREDIT_ACTIVE" IN ('Sold', 'Bad debt'), FALSE) AS "bad",
      COALESCE(
        (
          "t1"."CREDIT_ACTIVE" = 'Active'
        ) AND (
          "t1"."DAYS_CREDIT_ENDDATE" < 0
        ),
        FALSE
      ) AS "past_end",
      COALESCE("t1"."CREDIT_CURRENCY" <> 'currency 1', FALSE) AS "foreign",
      "t1"."CNT_CREDIT_PROLONG" AS "prolonged",
      CASE
        WHEN -(
          "t1"."DAYS_CREDIT"
        ) <= 91
        THEN 3
        WHEN -(
          "t1"."DAYS_CREDIT"
        ) <= 183
        THEN 6
        WHEN -(
          "t1"."DAYS_CREDIT"
        ) <= 365
        THEN 12
        WHEN -(
          "t1"."DAYS_CREDIT"
        ) <= 730
        THEN 24
        ELSE 999
      END AS "period",
      COALESCE("t1"."CREDIT_TYPE" IN ('Consumer credit'), FALSE) AS "is_consumer",
      COALESCE("t1"."CREDIT_TYPE" IN ('Credit card'), FALSE) AS "is_card",
      COALESCE("t1"."CREDIT_TYPE" IN ('Car loan'), FALSE) AS "is_car",
      COALESCE("t1"."CREDIT_TYPE" IN ('Mortgage'), FALSE) AS "is_mortgage",
      COALESCE("t1"."CREDIT_TYPE" IN ('Microloan'), FALSE) AS "is_microloan",
      COALESCE("t1"."CREDIT_ACTIVE" IN ('Active'), FALSE) AS "is_active",
      COALESCE("t1"."CREDIT_ACTIVE" IN ('Closed'), FALSE) AS "is_closed"
    FROM (
      SELECT
        "t0"."SK_ID_CURR",
        "t0"."SK_ID_BUREAU",
        CASE
          WHEN "t0"."CREDIT_ACTIVE" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."CREDIT_ACTIVE"
        END AS "CREDIT_ACTIVE",
        CASE
          WHEN "t0"."CREDIT_CURRENCY" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."CREDIT_CURRENCY"
        END AS "CREDIT_CURRENCY",
        CASE
          WHEN "t0"."CREDIT_TYPE" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."CREDIT_TYPE"
        END AS "CREDIT_TYPE",
        CASE
          WHEN "t0"."DAYS_CREDIT" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_CREDIT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_CREDIT",
        CASE
          WHEN "t0"."DAYS_CREDIT_ENDDATE" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_CREDIT_ENDDATE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_CREDIT_ENDDATE",
        CASE
          WHEN "t0"."DAYS_ENDDATE_FACT" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_ENDDATE_FACT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_ENDDATE_FACT",
        CASE
          WHEN "t0"."DAYS_CREDIT_UPDATE" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_CREDIT_UPDATE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_CREDIT_UPDATE",
        CASE
          WHEN "t0"."AMT_CREDIT_SUM_DEBT" BETWEEN -1000000000000000.0 AND 1000000000000000.0
          THEN "t0"."AMT_CREDIT_SUM_DEBT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_CREDIT_SUM_DEBT",
        CASE
          WHEN "t0"."CREDIT_DAY_OVERDUE" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."CREDIT_DAY_OVERDUE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "CREDIT_DAY_OVERDUE",
        CASE
          WHEN "t0"."CNT_CREDIT_PROLONG" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."CNT_CREDIT_PROLONG"
          ELSE CAST(NULL AS DOUBLE)
        END AS "CNT_CREDIT_PROLONG",
        CASE
          WHEN "t0"."AMT_CREDIT_MAX_OVERDUE" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_CREDIT_MAX_OVERDUE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_CREDIT_MAX_OVERDUE",
        CASE
          WHEN "t0"."AMT_CREDIT_SUM" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_CREDIT_SUM"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_CREDIT_SUM",
        CASE
          WHEN "t0"."AMT_CREDIT_SUM_LIMIT" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_CREDIT_SUM_LIMIT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_CREDIT_SUM_LIMIT",
        CASE
          WHEN "t0"."AMT_CREDIT_SUM_OVERDUE" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_CREDIT_SUM_OVERDUE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_CREDIT_SUM_OVERDUE",
        CASE
          WHEN "t0"."AMT_ANNUITY" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_ANNUITY"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_ANNUITY"
      FROM "bureau" AS "t0"
      WHERE
        CASE
          WHEN "t0"."DAYS_CREDIT" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_CREDIT"
          ELSE CAST(NULL AS DOUBLE)
        END <= 0
        AND COALESCE(
          CASE
            WHEN "t0"."DAYS_ENDDATE_FACT" BETWEEN -40000 AND 40000
            THEN "t0"."DAYS_ENDDATE_FACT"
            ELSE CAST(NULL AS DOUBLE)
          END <= 0,
          TRUE
        )
        AND COALESCE(
          CASE
            WHEN "t0"."DAYS_CREDIT_UPDATE" BETWEEN -40000 AND 40000
            THEN "t0"."DAYS_CREDIT_UPDATE"
            ELSE CAST(NULL AS DOUBLE)
          END <= 0,
          TRUE
        )
    ) AS "t1"
  ) AS "t2"
  GROUP BY
    1
) AS "t3";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "bureau_0" AS "t0";
-- step bureau_balance bureau_balance_periods
SELECT
  "t9"."SK_ID_BUREAU",
  "t9"."period",
  "t9"."rows",
  "t9"."first",
  "t9"."latest",
  "t9"."severity_max",
  "t9"."last_late",
  "t9"."late_sum",
  "t9"."serious_sum",
  "t9"."closed_sum",
  "t9"."unknown_sum",
  "t4"."SK_ID_CURR"
FROM (
  SELECT
    "t7".*
    EXCLUDE ("STATUS")
  FROM (
    SELECT
      "t6"."SK_ID_BUREAU",
      "t6"."period",
      "t6"."STATUS",
      "t6"."rows",
      "t6"."first",
      "t6"."latest",
      CAST(CASE "t6"."STATUS"
        WHEN '0'
        THEN 0
        WHEN '1'
        THEN 1
        WHEN '2'
        THEN 2
        WHEN '3'
        THEN 3
        WHEN '4'
        THEN 4
        WHEN '5'
        THEN 5
        ELSE NULL
      END AS DOUBLE) AS "severity_max",
      CASE
        WHEN "t6"."STATUS" IN ('1', '2', '3', '4', '5')
        THEN "t6"."latest"
        ELSE CAST(NULL AS SMALLINT)
      END AS "last_late",
      CASE
        WHEN COALESCE("t6"."STATUS" IN ('1', '2', '3', '4', '5'), FALSE)
        THEN "t6"."rows"
        ELSE 0.0
      END AS "late_sum",
      CASE
        WHEN COALESCE("t6"."STATUS" IN ('3', '4', '5'), FALSE)
        THEN "t6"."rows"
        ELSE 0.0
      END AS "serious_sum",
      CASE WHEN COALESCE("t6"."STATUS" = 'C', FALSE) THEN "t6"."rows" ELSE 0.0 END AS "closed_sum",
      CASE WHEN COALESCE("t6"."STATUS" = 'X', FALSE) THEN "t6"."rows" ELSE 0.0 END AS "unknown_sum"
    FROM (
      SELECT
        "t5"."SK_ID_BUREAU",
        "t5"."period",
        "t5"."STATUS",
        CAST(COUNT(*) AS DOUBLE) AS "rows",
        MIN("t5"."month") AS "first",
        MAX("t5"."month") AS "latest"
      FROM (
        SELECT
          "t2"."SK_ID_BUREAU",
          "t2"."STATUS",
          CAST("t2"."MONTHS_BALANCE" AS SMALLINT) AS "month",
          CASE
            WHEN -(
              "t2"."MONTHS_BALANCE"
            ) <= 3
            THEN 3
            WHEN -(
              "t2"."MONTHS_BALANCE"
            ) <= 6
            THEN 6
            WHEN -(
              "t2"."MONTHS_BALANCE"
            ) <= 12
            THEN 12
            WHEN -(
              "t2"."MONTHS_BALANCE"
            ) <= 24
            THEN 24
            ELSE 999
          END AS "period"
        FROM (
          SELECT
            "t1"."SK_ID_BUREAU",
            CASE
              WHEN "t1"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
              THEN "t1"."MONTHS_BALANCE"
              ELSE CAST(NULL AS DOUBLE)
            END AS "MONTHS_BALANCE",
            "t1"."STATUS"
          FROM "bureau_balance" AS "t1"
        ) AS "t2"
        WHERE
          "t2"."MONTHS_BALANCE" <= 0
      ) AS "t5"
      GROUP BY
        1,
        2,
        3
    ) AS "t6"
  ) AS "t7"
) AS "t9"
INNER JOIN (
  SELECT
    "t0"."SK_ID_CURR",
    "t0"."SK_ID_BUREAU"
  FROM "bureau" AS "t0"
  WHERE
    CASE
      WHEN "t0"."DAYS_CREDIT" BETWEEN -40000 AND 40000
      THEN "t0"."DAYS_CREDIT"
      ELSE CAST(NULL AS DOUBLE)
    END <= 0
    AND COALESCE(
      CASE
        WHEN "t0"."DAYS_ENDDATE_FACT" BETWEEN -40000 AND 40000
        THEN "t0"."DAYS_ENDDATE_FACT"
        ELSE CAST(NULL AS DOUBLE)
      END <= 0,
      TRUE
    )
    AND COALESCE(
      CASE
        WHEN "t0"."DAYS_CREDIT_UPDATE" BETWEEN -40000 AND 40000
        THEN "t0"."DAYS_CREDIT_UPDATE"
        ELSE CAST(NULL AS DOUBLE)
      END <= 0,
      TRUE
    )
) AS "t4"
  ON "t9"."SK_ID_BUREAU" = "t4"."SK_ID_BUREAU";
-- step bureau_balance bureau_balance_0
SELECT
  "t1"."SK_ID_CURR",
  "t1"."bureau_balance_count",
  "t1"."bureau_balance_late_count",
  "t1"."bureau_balance_late_share",
  "t1"."bureau_balance_serious_count",
  "t1"."bureau_balance_closed_share",
  "t1"."bureau_balance_unknown_share",
  "t1"."bureau_balance_severity_max",
  "t1"."bureau_balance_3m_count",
  "t1"."bureau_balance_3m_late_count",
  "t1"."bureau_balance_3m_late_share",
  "t1"."bureau_balance_3m_serious_count",
  "t1"."bureau_balance_3m_closed_share",
  "t1"."bureau_balance_3m_unknown_share",
  "t1"."bureau_balance_3m_severity_max",
  "t1"."bureau_balance_6m_count",
  "t1"."bureau_balance_6m_late_count",
  "t1"."bureau_balance_6m_late_share",
  "t1"."bureau_balance_6m_serious_count",
  "t1"."bureau_balance_6m_closed_share",
  "t1"."bureau_balance_6m_unknown_share",
  "t1"."bureau_balance_6m_severity_max",
  "t1"."bureau_balance_12m_count",
  "t1"."bureau_balance_12m_late_count",
  "t1"."bureau_balance_12m_late_share",
  "t1"."bureau_balance_12m_serious_count",
  "t1"."bureau_balance_12m_closed_share",
  "t1"."bureau_balance_12m_unknown_share",
  "t1"."bureau_balance_12m_severity_max",
  "t1"."bureau_balance_24m_count",
  "t1"."bureau_balance_24m_late_count",
  "t1"."bureau_balance_24m_late_share",
  "t1"."bureau_balance_24m_serious_count",
  "t1"."bureau_balance_24m_closed_share",
  "t1"."bureau_balance_24m_unknown_share",
  "t1"."bureau_balance_24m_severity_max",
  "t1"."bureau_balance_before12m_late_share",
  "t1"."bureau_balance_12m_late_share" / NULLIF("t1"."bureau_balance_before12m_late_share", 0.0) AS "bureau_balance_late_12m_to_before",
  "t1"."bureau_balance_12m_late_share" / NULLIF("t1"."bureau_balance_late_share", 0.0) AS "bureau_balance_late_12m_to_all"
FROM (
  SELECT
    "t0"."SK_ID_CURR",
    CAST(COALESCE(SUM("t0"."rows"), 0.0) AS INT) AS "bureau_balance_count",
    CAST(COALESCE(SUM("t0"."late_sum"), 0.0) AS INT) AS "bureau_balance_late_count",
    SUM("t0"."late_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "bureau_balance_late_share",
    CAST(COALESCE(SUM("t0"."serious_sum"), 0.0) AS INT) AS "bureau_balance_serious_count",
    SUM("t0"."closed_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "bureau_balance_closed_share",
    SUM("t0"."unknown_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "bureau_balance_unknown_share",
    MAX("t0"."severity_max") AS "bureau_balance_severity_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_3m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_3m_late_count",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_3m_late_share",
    CAST(COALESCE(
      SUM(
        CASE WHEN "t0"."period" <= 3 THEN "t0"."serious_sum" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS INT) AS "bureau_balance_3m_serious_count",
    SUM(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."closed_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_3m_closed_share",
    SUM(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."unknown_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_3m_unknown_share",
    MAX(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."severity_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_balance_3m_severity_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_6m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_6m_late_count",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_6m_late_share",
    CAST(COALESCE(
      SUM(
        CASE WHEN "t0"."period" <= 6 THEN "t0"."serious_sum" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS INT) AS "bureau_balance_6m_serious_count",
    SUM(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."closed_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_6m_closed_share",
    SUM(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."unknown_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_6m_unknown_share",
    MAX(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."severity_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_balance_6m_severity_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_12m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_12m_late_count",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_12m_late_share",
    CAST(COALESCE(
      SUM(
        CASE WHEN "t0"."period" <= 12 THEN "t0"."serious_sum" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS INT) AS "bureau_balance_12m_serious_count",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."closed_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_12m_closed_share",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."unknown_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_12m_unknown_share",
    MAX(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."severity_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_balance_12m_severity_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_24m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "bureau_balance_24m_late_count",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_24m_late_share",
    CAST(COALESCE(
      SUM(
        CASE WHEN "t0"."period" <= 24 THEN "t0"."serious_sum" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS INT) AS "bureau_balance_24m_serious_count",
    SUM(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."closed_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_24m_closed_share",
    SUM(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."unknown_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_24m_unknown_share",
    MAX(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."severity_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "bureau_balance_24m_severity_max",
    SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "bureau_balance_before12m_late_share"
  FROM "bureau_balance_periods" AS "t0"
  GROUP BY
    1
) AS "t1";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "bureau_balance_0" AS "t0";
-- step bureau_balance bureau_balance_1
SELECT
  *
FROM (
  SELECT
    "t11"."SK_ID_CURR",
    CAST(COUNT(*) AS INT) AS "bureau_balance_credits_count",
    AVG("t11"."seen") AS "bureau_balance_credits_seen_mean",
    MAX("t11"."seen") AS "bureau_balance_credits_seen_max",
    MAX("t11"."first") AS "bureau_balance_credits_first_max",
    MIN("t11"."latest") AS "bureau_balance_credits_latest_min",
    MIN("t11"."last_late") AS "bureau_balance_credits_last_late_min",
    MAX("t11"."late_months") AS "bureau_balance_credits_late_months_max",
    MAX("t11"."late_run") AS "bureau_balance_credits_late_run_max",
    AVG("t11"."worst") AS "bureau_balance_credits_worst_mean",
    CAST(COUNT(NULLIF("t11"."ever_late", FALSE)) AS INT) AS "bureau_balance_credits_ever_late_count",
    CAST(COUNT(NULLIF("t11"."ever_late", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "bureau_balance_credits_ever_late_share",
    CAST(COUNT(NULLIF("t11"."ever_serious", FALSE)) AS INT) AS "bureau_balance_credits_ever_serious_count",
    CAST(COUNT(NULLIF("t11"."closed", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "bureau_balance_credits_closed_share"
  FROM (
    SELECT
      "t10"."SK_ID_CURR",
      "t10"."rows" AS "seen",
      CAST(-(
        "t10"."first"
      ) AS DOUBLE) AS "first",
      CAST(-(
        "t10"."latest"
      ) AS DOUBLE) AS "latest",
      CAST(-(
        "t10"."last_late"
      ) AS DOUBLE) AS "last_late",
      "t10"."late_sum" AS "late_months",
      "t10"."run" AS "late_run",
      "t10"."severity_max" AS "worst",
      COALESCE("t10"."late_sum" > 0, FALSE) AS "ever_late",
      COALESCE("t10"."serious_sum" > 0, FALSE) AS "ever_serious",
      COALESCE("t10"."closed_sum" > 0, FALSE) AS "closed"
    FROM (
      SELECT
        "t3"."SK_ID_CURR",
        "t3"."SK_ID_BUREAU",
        "t3"."rows",
        "t3"."first",
        "t3"."latest",
        "t3"."last_late",
        "t3"."late_sum",
        "t3"."serious_sum",
        "t3"."closed_sum",
        "t3"."severity_max",
        COALESCE("t9"."run", 0.0) AS "run"
      FROM (
        SELECT
          "t0"."SK_ID_CURR",
          "t0"."SK_ID_BUREAU",
          SUM("t0"."rows") AS "rows",
          MIN("t0"."first") AS "first",
          MAX("t0"."latest") AS "latest",
          MAX("t0"."last_late") AS "last_late",
          SUM("t0"."late_sum") AS "late_sum",
          SUM("t0"."serious_sum") AS "serious_sum",
          SUM("t0"."closed_sum") AS "closed_sum",
          MAX("t0"."severity_max") AS "severity_max"
        FROM "bureau_balance_periods" AS "t0"
        GROUP BY
          1,
          2
      ) AS "t3"
      LEFT OUTER JOIN (
        SELECT
          "t7"."SK_ID_BUREAU",
          CAST(MAX("t7"."run") AS DOUBLE) AS "run"
        FROM (
          SELECT
            "t6"."SK_ID_BUREAU",
            "t6"."start",
            COUNT(*) AS "run"
          FROM (
            SELECT
              "t5"."SK_ID_BUREAU",
              "t5"."month",
              "t5"."month" - (
                ROW_NUMBER() OVER (
                  PARTITION BY "t5"."SK_ID_BUREAU"
                  ORDER BY "t5"."month" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1
              ) AS "start"
            FROM (
              SELECT DISTINCT
                "t4"."SK_ID_BUREAU",
                "t4"."MONTHS_BALANCE" AS "month"
              FROM (
                SELECT
                  "t1"."SK_ID_BUREAU",
                  CASE
                    WHEN "t1"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
                    THEN "t1"."MONTHS_BALANCE"
                    ELSE CAST(NULL AS DOUBLE)
                  END AS "MONTHS_BALANCE",
                  "t1"."STATUS"
                FROM "bureau_balance" AS "t1"
              ) AS "t4"
              WHERE
                "t4"."MONTHS_BALANCE" <= 0 AND "t4"."STATUS" IN ('1', '2', '3', '4', '5')
            ) AS "t5"
          ) AS "t6"
          GROUP BY
            1,
            2
        ) AS "t7"
        GROUP BY
          1
      ) AS "t9"
        ON "t3"."SK_ID_BUREAU" = "t9"."SK_ID_BUREAU"
    ) AS "t10"
  ) AS "t11"
  GROUP BY
    1
) AS "t12";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "bureau_balance_1" AS "t0";
-- step previous_application previous_application_0
SELECT
  "t3"."SK_ID_CURR",
  "t3"."previous_count",
  "t3"."previous_age_mean",
  "t3"."previous_age_min",
  "t3"."previous_age_max",
  "t3"."previous_asked_sum",
  "t3"."previous_asked_mean",
  "t3"."previous_asked_max",
  "t3"."previous_credit_sum",
  "t3"."previous_credit_mean",
  "t3"."previous_credit_max",
  "t3"."previous_annuity_mean",
  "t3"."previous_annuity_max",
  "t3"."previous_term_mean",
  "t3"."previous_granted_part_mean",
  "t3"."previous_approved_count",
  "t3"."previous_approved_age_mean",
  "t3"."previous_approved_age_min",
  "t3"."previous_approved_age_max",
  "t3"."previous_approved_asked_sum",
  "t3"."previous_approved_asked_mean",
  "t3"."previous_approved_asked_max",
  "t3"."previous_approved_credit_sum",
  "t3"."previous_approved_credit_mean",
  "t3"."previous_approved_credit_max",
  "t3"."previous_approved_annuity_mean",
  "t3"."previous_approved_annuity_max",
  "t3"."previous_approved_term_mean",
  "t3"."previous_approved_granted_part_mean",
  "t3"."previous_refused_count",
  "t3"."previous_refused_age_mean",
  "t3"."previous_refused_age_min",
  "t3"."previous_refused_age_max",
  "t3"."previous_refused_asked_sum",
  "t3"."previous_refused_asked_mean",
  "t3"."previous_refused_asked_max",
  "t3"."previous_refused_credit_sum",
  "t3"."previous_refused_credit_mean",
  "t3"."previous_refused_credit_max",
  "t3"."previous_refused_annuity_mean",
  "t3"."previous_refused_annuity_max",
  "t3"."previous_refused_term_mean",
  "t3"."previous_refused_granted_part_mean",
  "t3"."previous_cancelled_count",
  "t3"."previous_cancelled_age_min",
  "t3"."previous_unused_count",
  "t3"."previous_unused_age_min",
  "t3"."previous_cash_count",
  "t3"."previous_cash_approved_count",
  "t3"."previous_cash_refused_count",
  "t3"."previous_cash_credit_max",
  "t3"."previous_consumer_count",
  "t3"."previous_consumer_approved_count",
  "t3"."previous_consumer_refused_count",
  "t3"."previous_consumer_credit_max",
  "t3"."previous_revolving_count",
  "t3"."previous_revolving_approved_count",
  "t3"."previous_revolving_refused_count",
  "t3"."previous_revolving_credit_max",
  "t3"."previous_3m_count",
  "t3"."previous_3m_approved_count",
  "t3"."previous_3m_refused_count",
  "t3"."previous_3m_refused_share",
  "t3"."previous_6m_count",
  "t3"."previous_6m_approved_count",
  "t3"."previous_6m_refused_count",
  "t3"."previous_6m_refused_share",
  "t3"."previous_12m_count",
  "t3"."previous_12m_approved_count",
  "t3"."previous_12m_refused_count",
  "t3"."previous_12m_refused_share",
  "t3"."previous_24m_count",
  "t3"."previous_24m_approved_count",
  "t3"."previous_24m_refused_count",
  "t3"."previous_24m_refused_share",
  "t3"."previous_approved_goods_max",
  "t3"."previous_approved_down_payment_mean",
  "t3"."previous_approved_down_payment_max",
  "t3"."previous_approved_down_rate_mean",
  "t3"."previous_approved_down_rate_max",
  "t3"."previous_approved_cost_mean",
  "t3"."previous_approved_cost_max",
  "t3"."previous_approved_remaining_max",
  "t3"."previous_approved_early_mean",
  "t3"."previous_approved_early_max",
  "t3"."previous_approved_insured_share",
  "t3"."previous_approved_running_count",
  "t3"."previous_approved_share",
  "t3"."previous_refused_share",
  "t3"."previous_cancelled_share",
  "t3"."previous_unused_share",
  "t3"."previous_reason_hc_count",
  "t3"."previous_reason_limit_count",
  "t3"."previous_reason_sco_count",
  "t3"."previous_reason_scofr_count",
  "t3"."previous_reason_client_count",
  "t3"."previous_reason_verif_count",
  "t3"."previous_yield_high_share",
  "t3"."previous_yield_middle_share",
  "t3"."previous_yield_low_normal_share",
  "t3"."previous_yield_low_action_share",
  "t3"."previous_channel_office_share",
  "t3"."previous_channel_country_share",
  "t3"."previous_channel_stone_share",
  "t3"."previous_channel_contact_share",
  "t3"."previous_walk_in_share",
  "t3"."previous_cross_sold_share",
  "t3"."previous_new_client_share",
  "t3"."previous_refreshed_share",
  "t3"."previous_weekend_share",
  "t3"."previous_hour_mean",
  "t3"."previous_approved_credit_sum" / NULLIF("t3"."previous_asked_sum", 0.0) AS "previous_credit_to_asked",
  CAST("t3"."previous_6m_count" AS DOUBLE) / NULLIF(CAST("t3"."previous_count" AS DOUBLE), 0.0) AS "previous_6m_to_all_count",
  CAST("t3"."previous_12m_count" AS DOUBLE) / NULLIF(CAST("t3"."previous_count" AS DOUBLE), 0.0) AS "previous_12m_to_all_count",
  CAST("t3"."previous_24m_count" AS DOUBLE) / NULLIF(CAST("t3"."previous_count" AS DOUBLE), 0.0) AS "previous_24m_to_all_count"
FROM (
  SELECT
    "t2"."SK_ID_CURR",
    CAST(COUNT(*) AS INT) AS "previous_count",
    AVG("t2"."age") AS "previous_age_mean",
    MIN("t2"."age") AS "previous_age_min",
    MAX("t2"."age") AS "previous_age_max",
    SUM("t2"."asked") AS "previous_asked_sum",
    AVG("t2"."asked") AS "previous_asked_mean",
    MAX("t2"."asked") AS "previous_asked_max",
    SUM("t2"."credit") AS "previous_credit_sum",
    AVG("t2"."credit") AS "previous_credit_mean",
    MAX("t2"."credit") AS "previous_credit_max",
    AVG("t2"."annuity") AS "previous_annuity_mean",
    MAX("t2"."annuity") AS "previous_annuity_max",
    AVG("t2"."term") AS "previous_term_mean",
    AVG("t2"."granted_part") AS "previous_granted_part_mean",
    CAST(COUNT(NULLIF("t2"."is_approved", FALSE)) AS INT) AS "previous_approved_count",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_age_mean",
    MIN(CASE WHEN "t2"."is_approved" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_age_min",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_age_max",
    SUM(CASE WHEN "t2"."is_approved" THEN "t2"."asked" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_asked_sum",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."asked" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_asked_mean",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."asked" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_asked_max",
    SUM(CASE WHEN "t2"."is_approved" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_credit_sum",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_credit_mean",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_credit_max",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."annuity" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_annuity_mean",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."annuity" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_annuity_max",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."term" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_term_mean",
    AVG(
      CASE WHEN "t2"."is_approved" THEN "t2"."granted_part" ELSE CAST(NULL AS DOUBLE) END
    ) AS "previous_approved_granted_part_mean",
    CAST(COUNT(NULLIF("t2"."is_refused", FALSE)) AS INT) AS "previous_refused_count",
    AVG(CASE WHEN "t2"."is_refused" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_age_mean",
    MIN(CASE WHEN "t2"."is_refused" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_age_min",
    MAX(CASE WHEN "t2"."is_refused" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_age_max",
    SUM(CASE WHEN "t2"."is_refused" THEN "t2"."asked" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_asked_sum",
    AVG(CASE WHEN "t2"."is_refused" THEN "t2"."asked" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_asked_mean",
    MAX(CASE WHEN "t2"."is_refused" THEN "t2"."asked" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_asked_max",
    SUM(CASE WHEN "t2"."is_refused" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_credit_sum",
    AVG(CASE WHEN "t2"."is_refused" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_credit_mean",
    MAX(CASE WHEN "t2"."is_refused" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_credit_max",
    AVG(CASE WHEN "t2"."is_refused" THEN "t2"."annuity" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_annuity_mean",
    MAX(CASE WHEN "t2"."is_refused" THEN "t2"."annuity" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_annuity_max",
    AVG(CASE WHEN "t2"."is_refused" THEN "t2"."term" ELSE CAST(NULL AS DOUBLE) END) AS "previous_refused_term_mean",
    AVG(
      CASE WHEN "t2"."is_refused" THEN "t2"."granted_part" ELSE CAST(NULL AS DOUBLE) END
    ) AS "previous_refused_granted_part_mean",
    CAST(COUNT(NULLIF("t2"."is_cancelled", FALSE)) AS INT) AS "previous_cancelled_count",
    MIN(CASE WHEN "t2"."is_cancelled" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_cancelled_age_min",
    CAST(COUNT(NULLIF("t2"."is_unused", FALSE)) AS INT) AS "previous_unused_count",
    MIN(CASE WHEN "t2"."is_unused" THEN "t2"."age" ELSE CAST(NULL AS DOUBLE) END) AS "previous_unused_age_min",
    CAST(COUNT(NULLIF("t2"."is_cash", FALSE)) AS INT) AS "previous_cash_count",
    CAST(COUNT(NULLIF("t2"."is_cash" AND "t2"."approved", FALSE)) AS INT) AS "previous_cash_approved_count",
    CAST(COUNT(NULLIF("t2"."is_cash" AND "t2"."refused", FALSE)) AS INT) AS "previous_cash_refused_count",
    MAX(CASE WHEN "t2"."is_cash" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_cash_credit_max",
    CAST(COUNT(NULLIF("t2"."is_consumer", FALSE)) AS INT) AS "previous_consumer_count",
    CAST(COUNT(NULLIF("t2"."is_consumer" AND "t2"."approved", FALSE)) AS INT) AS "previous_consumer_approved_count",
    CAST(COUNT(NULLIF("t2"."is_consumer" AND "t2"."refused", FALSE)) AS INT) AS "previous_consumer_refused_count",
    MAX(CASE WHEN "t2"."is_consumer" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_consumer_credit_max",
    CAST(COUNT(NULLIF("t2"."is_revolving", FALSE)) AS INT) AS "previous_revolving_count",
    CAST(COUNT(NULLIF("t2"."is_revolving" AND "t2"."approved", FALSE)) AS INT) AS "previous_revolving_approved_count",
    CAST(COUNT(NULLIF("t2"."is_revolving" AND "t2"."refused", FALSE)) AS INT) AS "previous_revolving_refused_count",
    MAX(CASE WHEN "t2"."is_revolving" THEN "t2"."credit" ELSE CAST(NULL AS DOUBLE) END) AS "previous_revolving_credit_max",
    CAST(COUNT(NULLIF("t2"."period" <= 3, FALSE)) AS INT) AS "previous_3m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 3
    ) AND "t2"."approved", FALSE)) AS INT) AS "previous_3m_approved_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 3
    ) AND "t2"."refused", FALSE)) AS INT) AS "previous_3m_refused_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 3
    ) AND "t2"."refused", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."period" <= 3, FALSE)) AS DOUBLE), 0.0) AS "previous_3m_refused_share",
    CAST(COUNT(NULLIF("t2"."period" <= 6, FALSE)) AS INT) AS "previous_6m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 6
    ) AND "t2"."approved", FALSE)) AS INT) AS "previous_6m_approved_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 6
    ) AND "t2"."refused", FALSE)) AS INT) AS "previous_6m_refused_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 6
    ) AND "t2"."refused", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."period" <= 6, FALSE)) AS DOUBLE), 0.0) AS "previous_6m_refused_share",
    CAST(COUNT(NULLIF("t2"."period" <= 12, FALSE)) AS INT) AS "previous_12m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 12
    ) AND "t2"."approved", FALSE)) AS INT) AS "previous_12m_approved_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 12
    ) AND "t2"."refused", FALSE)) AS INT) AS "previous_12m_refused_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 12
    ) AND "t2"."refused", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."period" <= 12, FALSE)) AS DOUBLE), 0.0) AS "previous_12m_refused_share",
    CAST(COUNT(NULLIF("t2"."period" <= 24, FALSE)) AS INT) AS "previous_24m_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 24
    ) AND "t2"."approved", FALSE)) AS INT) AS "previous_24m_approved_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 24
    ) AND "t2"."refused", FALSE)) AS INT) AS "previous_24m_refused_count",
    CAST(COUNT(NULLIF((
      "t2"."period" <= 24
    ) AND "t2"."refused", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."period" <= 24, FALSE)) AS DOUBLE), 0.0) AS "previous_24m_refused_share",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."goods" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_goods_max",
    AVG(
      CASE WHEN "t2"."is_approved" THEN "t2"."down_payment" ELSE CAST(NULL AS DOUBLE) END
    ) AS "previous_approved_down_payment_mean",
    MAX(
      CASE WHEN "t2"."is_approved" THEN "t2"."down_payment" ELSE CAST(NULL AS DOUBLE) END
    ) AS "previous_approved_down_payment_max",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."down_rate" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_down_rate_mean",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."down_rate" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_down_rate_max",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."cost" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_cost_mean",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."cost" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_cost_max",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."remaining" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_remaining_max",
    AVG(CASE WHEN "t2"."is_approved" THEN "t2"."early" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_early_mean",
    MAX(CASE WHEN "t2"."is_approved" THEN "t2"."early" ELSE CAST(NULL AS DOUBLE) END) AS "previous_approved_early_max",
    CAST(COUNT(NULLIF("t2"."is_approved" AND "t2"."insured", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(NULLIF("t2"."is_approved", FALSE)) AS DOUBLE), 0.0) AS "previous_approved_insured_share",
    CAST(COUNT(NULLIF("t2"."is_approved" AND "t2"."running", FALSE)) AS INT) AS "previous_approved_running_count",
    CAST(COUNT(NULLIF("t2"."approved", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_approved_share",
    CAST(COUNT(NULLIF("t2"."refused", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_refused_share",
    CAST(COUNT(NULLIF("t2"."cancelled", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_cancelled_share",
    CAST(COUNT(NULLIF("t2"."unused", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_unused_share",
    CAST(COUNT(NULLIF("t2"."reason_hc", FALSE)) AS INT) AS "previous_reason_hc_count",
    CAST(COUNT(NULLIF("t2"."reason_limit", FALSE)) AS INT) AS "previous_reason_limit_count",
    CAST(COUNT(NULLIF("t2"."reason_sco", FALSE)) AS INT) AS "previous_reason_sco_count",
    CAST(COUNT(NULLIF("t2"."reason_scofr", FALSE)) AS INT) AS "previous_reason_scofr_count",
    CAST(COUNT(NULLIF("t2"."reason_client", FALSE)) AS INT) AS "previous_reason_client_count",
    CAST(COUNT(NULLIF("t2"."reason_verif", FALSE)) AS INT) AS "previous_reason_verif_count",
    CAST(COUNT(NULLIF("t2"."yield_high", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_yield_high_share",
    CAST(COUNT(NULLIF("t2"."yield_middle", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_yield_middle_share",
    CAST(COUNT(NULLIF("t2"."yield_low_normal", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_yield_low_normal_share",
    CAST(COUNT(NULLIF("t2"."yield_low_action", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_yield_low_action_share",
    CAST(COUNT(NULLIF("t2"."channel_office", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_channel_office_share",
    CAST(COUNT(NULLIF("t2"."channel_country", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_channel_country_share",
    CAST(COUNT(NULLIF("t2"."channel_stone", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_channel_stone_share",
    CAST(COUNT(NULLIF("t2"."channel_contact", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_channel_contact_share",
    CAST(COUNT(NULLIF("t2"."walk_in", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_walk_in_share",
    CAST(COUNT(NULLIF("t2"."cross_sold", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_cross_sold_share",
    CAST(COUNT(NULLIF("t2"."new_client", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_new_client_share",
    CAST(COUNT(NULLIF("t2"."refreshed", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_refreshed_share",
    CAST(COUNT(NULLIF("t2"."weekend", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "previous_weekend_share",
    AVG("t2"."hour") AS "previous_hour_mean"
  FROM (
    SELECT
      "t1"."SK_ID_CURR",
      -(
        "t1"."DAYS_DECISION"
      ) AS "age",
      "t1"."AMT_APPLICATION" AS "asked",
      "t1"."AMT_CREDIT" AS "credit",
      "t1"."AMT_ANNUITY" AS "annuity",
      "t1"."CNT_PAYMENT" AS "term",
      "t1"."AMT_CREDIT" / NULLIF("t1"."AMT_APPLICATION", 0.0) AS "granted_part",
      COALESCE("t1"."NAME_CONTRACT_STATUS" = 'Approved', FALSE) AS "approved",
      COALESCE("t1"."NAME_CONTRACT_STATUS" = 'Refused', FALSE) AS "refused",
      "t1"."AMT_GOODS_PRICE" AS "goods",
      "t1"."AMT_DOWN_PAYMENT" AS "down_payment",
      "t1"."RATE_DOWN_PAYMENT" AS "down_rate",
      (
        "t1"."AMT_ANNUITY" * "t1"."CNT_PAYMENT"
      ) / NULLIF("t1"."AMT_CREDIT", 0.0) AS "cost",
      "t1"."DAYS_LAST_DUE_1ST_VERSION" AS "remaining",
      "t1"."DAYS_LAST_DUE_1ST_VERSION" - "t1"."DAYS_LAST_DUE" AS "early",
      COALESCE("t1"."NFLAG_INSURED_ON_APPROVAL" > 0, FALSE) AS "insured",
      COALESCE("t1"."DAYS_LAST_DUE_1ST_VERSION" > 0, FALSE) AS "running",
      COALESCE("t1"."NAME_CONTRACT_STATUS" = 'Canceled', FALSE) AS "cancelled",
      COALESCE("t1"."NAME_CONTRACT_STATUS" = 'Unused offer', FALSE) AS "unused",
      COALESCE("t1"."CODE_REJECT_REASON" = 'HC', FALSE) AS "reason_hc",
      COALESCE("t1"."CODE_REJECT_REASON" = 'LIMIT', FALSE) AS "reason_limit",
      COALESCE("t1"."CODE_REJECT_REASON" = 'SCO', FALSE) AS "reason_sco",
      COALESCE("t1"."CODE_REJECT_REASON" = 'SCOFR', FALSE) AS "reason_scofr",
      COALESCE("t1"."CODE_REJECT_REASON" = 'CLIENT', FALSE) AS "reason_client",
      COALESCE("t1"."CODE_REJECT_REASON" = 'VERIF', FALSE) AS "reason_verif",
      COALESCE("t1"."NAME_YIELD_GROUP" = 'high', FALSE) AS "yield_high",
      COALESCE("t1"."NAME_YIELD_GROUP" = 'middle', FALSE) AS "yield_middle",
      COALESCE("t1"."NAME_YIELD_GROUP" = 'low_normal', FALSE) AS "yield_low_normal",
      COALESCE("t1"."NAME_YIELD_GROUP" = 'low_action', FALSE) AS "yield_low_action",
      COALESCE("t1"."CHANNEL_TYPE" = 'Credit and cash offices', FALSE) AS "channel_office",
      COALESCE("t1"."CHANNEL_TYPE" = 'Country-wide', FALSE) AS "channel_country",
      COALESCE("t1"."CHANNEL_TYPE" = 'Stone', FALSE) AS "channel_stone",
      COALESCE("t1"."CHANNEL_TYPE" = 'Contact center', FALSE) AS "channel_contact",
      COALESCE("t1"."NAME_PRODUCT_TYPE" = 'walk-in', FALSE) AS "walk_in",
      COALESCE("t1"."NAME_PRODUCT_TYPE" = 'x-sell', FALSE) AS "cross_sold",
      COALESCE("t1"."NAME_CLIENT_TYPE" = 'New', FALSE) AS "new_client",
      COALESCE("t1"."NAME_CLIENT_TYPE" = 'Refreshed', FALSE) AS "refreshed",
      COALESCE("t1"."WEEKDAY_APPR_PROCESS_START" IN ('SATURDAY', 'SUNDAY'), FALSE) AS "weekend",
      "t1"."HOUR_APPR_PROCESS_START" AS "hour",
      CASE
        WHEN -(
          "t1"."DAYS_DECISION"
        ) <= 91
        THEN 3
        WHEN -(
          "t1"."DAYS_DECISION"
        ) <= 183
        THEN 6
        WHEN -(
          "t1"."DAYS_DECISION"
        ) <= 365
        THEN 12
        WHEN -(
          "t1"."DAYS_DECISION"
        ) <= 730
        THEN 24
        ELSE 999
      END AS "period",
      COALESCE("t1"."NAME_CONTRACT_STATUS" IN ('Approved'), FALSE) AS "is_approved",
      COALESCE("t1"."NAME_CONTRACT_STATUS" IN ('Refused'), FALSE) AS "is_refused",
      COALESCE("t1"."NAME_CONTRACT_STATUS" IN ('Canceled'), FALSE) AS "is_cancelled",
      COALESCE("t1"."NAME_CONTRACT_STATUS" IN ('Unused offer'), FALSE) AS "is_unused",
      COALESCE("t1"."NAME_CONTRACT_TYPE" IN ('Cash loans'), FALSE) AS "is_cash",
      COALESCE("t1"."NAME_CONTRACT_TYPE" IN ('Consumer loans'), FALSE) AS "is_consumer",
      COALESCE("t1"."NAME_CONTRACT_TYPE" IN ('Revolving loans'), FALSE) AS "is_revolving"
    FROM (
      SELECT
        "t0"."SK_ID_CURR",
        "t0"."SK_ID_PREV",
        CASE
          WHEN "t0"."DAYS_DECISION" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_DECISION"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_DECISION",
        CASE
          WHEN "t0"."DAYS_LAST_DUE_1ST_VERSION" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_LAST_DUE_1ST_VERSION"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_LAST_DUE_1ST_VERSION",
        CASE
          WHEN "t0"."DAYS_LAST_DUE" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_LAST_DUE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "DAYS_LAST_DUE",
        CASE
          WHEN "t0"."AMT_ANNUITY" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_ANNUITY"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_ANNUITY",
        CASE
          WHEN "t0"."AMT_APPLICATION" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_APPLICATION"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_APPLICATION",
        CASE
          WHEN "t0"."AMT_CREDIT" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_CREDIT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_CREDIT",
        CASE
          WHEN "t0"."AMT_DOWN_PAYMENT" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_DOWN_PAYMENT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_DOWN_PAYMENT",
        CASE
          WHEN "t0"."AMT_GOODS_PRICE" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."AMT_GOODS_PRICE"
          ELSE CAST(NULL AS DOUBLE)
        END AS "AMT_GOODS_PRICE",
        CASE
          WHEN "t0"."RATE_DOWN_PAYMENT" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."RATE_DOWN_PAYMENT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "RATE_DOWN_PAYMENT",
        CASE
          WHEN "t0"."CNT_PAYMENT" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."CNT_PAYMENT"
          ELSE CAST(NULL AS DOUBLE)
        END AS "CNT_PAYMENT",
        CASE
          WHEN "t0"."NFLAG_INSURED_ON_APPROVAL" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."NFLAG_INSURED_ON_APPROVAL"
          ELSE CAST(NULL AS DOUBLE)
        END AS "NFLAG_INSURED_ON_APPROVAL",
        CASE
          WHEN "t0"."HOUR_APPR_PROCESS_START" BETWEEN 0 AND 1000000000000000.0
          THEN "t0"."HOUR_APPR_PROCESS_START"
          ELSE CAST(NULL AS DOUBLE)
        END AS "HOUR_APPR_PROCESS_START",
        CASE
          WHEN "t0"."NAME_CONTRACT_TYPE" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."NAME_CONTRACT_TYPE"
        END AS "NAME_CONTRACT_TYPE",
        CASE
          WHEN "t0"."NAME_CONTRACT_STATUS" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."NAME_CONTRACT_STATUS"
        END AS "NAME_CONTRACT_STATUS",
        CASE
          WHEN "t0"."CODE_REJECT_REASON" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."CODE_REJECT_REASON"
        END AS "CODE_REJECT_REASON",
        CASE
          WHEN "t0"."NAME_CLIENT_TYPE" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."NAME_CLIENT_TYPE"
        END AS "NAME_CLIENT_TYPE",
        CASE
          WHEN "t0"."NAME_YIELD_GROUP" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."NAME_YIELD_GROUP"
        END AS "NAME_YIELD_GROUP",
        CASE
          WHEN "t0"."CHANNEL_TYPE" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."CHANNEL_TYPE"
        END AS "CHANNEL_TYPE",
        CASE
          WHEN "t0"."NAME_PRODUCT_TYPE" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."NAME_PRODUCT_TYPE"
        END AS "NAME_PRODUCT_TYPE",
        CASE
          WHEN "t0"."WEEKDAY_APPR_PROCESS_START" IN ('XNA', 'XAP')
          THEN CAST(NULL AS TEXT)
          ELSE "t0"."WEEKDAY_APPR_PROCESS_START"
        END AS "WEEKDAY_APPR_PROCESS_START"
      FROM "previous_application" AS "t0"
      WHERE
        CASE
          WHEN "t0"."DAYS_DECISION" BETWEEN -40000 AND 40000
          THEN "t0"."DAYS_DECISION"
          ELSE CAST(NULL AS DOUBLE)
        END <= 0
    ) AS "t1"
  ) AS "t2"
  GROUP BY
    1
) AS "t3";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "previous_application_0" AS "t0";
-- step POS_CASH_balance pos_periods
SELECT
  "t2"."SK_ID_CURR",
  "t2"."SK_ID_PREV",
  "t2"."period",
  CAST(COUNT(*) AS DOUBLE) AS "rows",
  CAST(COUNT("t2"."dpd") AS DOUBLE) AS "dpd_count",
  MAX("t2"."dpd") AS "dpd_max",
  SUM("t2"."dpd") AS "dpd_sum",
  CAST(COUNT(NULLIF("t2"."late_def", FALSE)) AS DOUBLE) AS "late_def_sum",
  CAST(COUNT(NULLIF("t2"."late", FALSE)) AS DOUBLE) AS "late_sum",
  MIN("t2"."month") AS "first",
  MAX("t2"."month") AS "latest",
  MAX("t2"."late_month") AS "last_late",
  MAX("t2"."term") AS "term",
  MIN("t2"."term") AS "shortest",
  MIN("t2"."left") AS "left",
  COUNT(NULLIF("t2"."completed", FALSE)) AS "completed"
FROM (
  SELECT
    "t1"."SK_ID_CURR",
    "t1"."SK_ID_PREV",
    COALESCE("t1"."SK_DPD" > 0, FALSE) AS "late",
    COALESCE("t1"."SK_DPD_DEF" > 0, FALSE) AS "late_def",
    "t1"."SK_DPD" AS "dpd",
    CASE
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 3
      THEN 3
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 6
      THEN 6
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 12
      THEN 12
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 24
      THEN 24
      ELSE 999
    END AS "period",
    "t1"."MONTHS_BALANCE" AS "month",
    CASE WHEN "t1"."SK_DPD" > 0 THEN "t1"."MONTHS_BALANCE" ELSE NULL END AS "late_month",
    "t1"."CNT_INSTALMENT" AS "term",
    "t1"."CNT_INSTALMENT_FUTURE" AS "left",
    COALESCE("t1"."NAME_CONTRACT_STATUS" = 'Completed', FALSE) AS "completed"
  FROM (
    SELECT
      "t0"."SK_ID_CURR",
      "t0"."SK_ID_PREV",
      CASE
        WHEN "t0"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
        THEN "t0"."MONTHS_BALANCE"
        ELSE CAST(NULL AS DOUBLE)
      END AS "MONTHS_BALANCE",
      CASE
        WHEN "t0"."CNT_INSTALMENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."CNT_INSTALMENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "CNT_INSTALMENT",
      CASE
        WHEN "t0"."CNT_INSTALMENT_FUTURE" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."CNT_INSTALMENT_FUTURE"
        ELSE CAST(NULL AS DOUBLE)
      END AS "CNT_INSTALMENT_FUTURE",
      CASE
        WHEN "t0"."SK_DPD" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."SK_DPD"
        ELSE CAST(NULL AS DOUBLE)
      END AS "SK_DPD",
      CASE
        WHEN "t0"."SK_DPD_DEF" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."SK_DPD_DEF"
        ELSE CAST(NULL AS DOUBLE)
      END AS "SK_DPD_DEF",
      CASE
        WHEN "t0"."NAME_CONTRACT_STATUS" IN ('XNA', 'XAP')
        THEN CAST(NULL AS TEXT)
        ELSE "t0"."NAME_CONTRACT_STATUS"
      END AS "NAME_CONTRACT_STATUS"
    FROM "POS_CASH_balance" AS "t0"
    WHERE
      CASE
        WHEN "t0"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
        THEN "t0"."MONTHS_BALANCE"
        ELSE CAST(NULL AS DOUBLE)
      END <= 0
  ) AS "t1"
) AS "t2"
GROUP BY
  1,
  2,
  3;
-- step POS_CASH_balance POS_CASH_balance_0
SELECT
  "t1"."SK_ID_CURR",
  "t1"."pos_count",
  "t1"."pos_late_count",
  "t1"."pos_late_share",
  "t1"."pos_late_def_share",
  "t1"."pos_dpd_mean",
  "t1"."pos_dpd_max",
  "t1"."pos_3m_count",
  "t1"."pos_3m_late_count",
  "t1"."pos_3m_late_share",
  "t1"."pos_3m_late_def_share",
  "t1"."pos_3m_dpd_mean",
  "t1"."pos_3m_dpd_max",
  "t1"."pos_6m_count",
  "t1"."pos_6m_late_count",
  "t1"."pos_6m_late_share",
  "t1"."pos_6m_late_def_share",
  "t1"."pos_6m_dpd_mean",
  "t1"."pos_6m_dpd_max",
  "t1"."pos_12m_count",
  "t1"."pos_12m_late_count",
  "t1"."pos_12m_late_share",
  "t1"."pos_12m_late_def_share",
  "t1"."pos_12m_dpd_mean",
  "t1"."pos_12m_dpd_max",
  "t1"."pos_24m_count",
  "t1"."pos_24m_late_count",
  "t1"."pos_24m_late_share",
  "t1"."pos_24m_late_def_share",
  "t1"."pos_24m_dpd_mean",
  "t1"."pos_24m_dpd_max",
  "t1"."pos_before12m_late_share",
  "t1"."pos_12m_late_share" / NULLIF("t1"."pos_before12m_late_share", 0.0) AS "pos_late_12m_to_before",
  "t1"."pos_12m_late_share" / NULLIF("t1"."pos_late_share", 0.0) AS "pos_late_12m_to_all"
FROM (
  SELECT
    "t0"."SK_ID_CURR",
    CAST(COALESCE(SUM("t0"."rows"), 0.0) AS INT) AS "pos_count",
    CAST(COALESCE(SUM("t0"."late_sum"), 0.0) AS INT) AS "pos_late_count",
    SUM("t0"."late_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "pos_late_share",
    SUM("t0"."late_def_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "pos_late_def_share",
    SUM("t0"."dpd_sum") / NULLIF(SUM("t0"."dpd_count"), 0.0) AS "pos_dpd_mean",
    MAX("t0"."dpd_max") AS "pos_dpd_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_3m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_3m_late_count",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_3m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."late_def_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_3m_late_def_share",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."dpd_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."dpd_count" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_3m_dpd_mean",
    MAX(CASE WHEN "t0"."period" <= 3 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "pos_3m_dpd_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_6m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_6m_late_count",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_6m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."late_def_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_6m_late_def_share",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."dpd_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."dpd_count" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_6m_dpd_mean",
    MAX(CASE WHEN "t0"."period" <= 6 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "pos_6m_dpd_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_12m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_12m_late_count",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_12m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."late_def_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_12m_late_def_share",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."dpd_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 12 THEN "t0"."dpd_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "pos_12m_dpd_mean",
    MAX(CASE WHEN "t0"."period" <= 12 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "pos_12m_dpd_max",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_24m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "pos_24m_late_count",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_24m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."late_def_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_24m_late_def_share",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."dpd_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 24 THEN "t0"."dpd_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "pos_24m_dpd_mean",
    MAX(CASE WHEN "t0"."period" <= 24 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "pos_24m_dpd_max",
    SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "pos_before12m_late_share"
  FROM "pos_periods" AS "t0"
  GROUP BY
    1
) AS "t1";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "POS_CASH_balance_0" AS "t0";
-- step POS_CASH_balance POS_CASH_balance_1
SELECT
  *
FROM (
  SELECT
    "t10"."SK_ID_CURR",
    CAST(COUNT(*) AS INT) AS "pos_credits_count",
    CAST(COUNT(NULLIF("t10"."completed", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "pos_credits_completed_share",
    CAST(COUNT(NULLIF("t10"."changed", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "pos_credits_changed_share",
    CAST(COUNT(NULLIF("t10"."ever_late", FALSE)) AS INT) AS "pos_credits_ever_late_count",
    CAST(COUNT(NULLIF("t10"."ever_late", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "pos_credits_ever_late_share",
    CAST(COUNT(NULLIF("t10"."ever_late_def", FALSE)) AS INT) AS "pos_credits_ever_late_def_count",
    AVG("t10"."seen") AS "pos_credits_seen_mean",
    MAX("t10"."first") AS "pos_credits_first_max",
    MIN("t10"."latest") AS "pos_credits_latest_min",
    AVG("t10"."term") AS "pos_credits_term_mean",
    MAX("t10"."term") AS "pos_credits_term_max",
    MAX("t10"."late_months") AS "pos_credits_late_months_max",
    MAX("t10"."late_run") AS "pos_credits_late_run_max",
    MIN("t10"."last_late") AS "pos_credits_last_late_min",
    CAST(COUNT(NULLIF("t10"."running", FALSE)) AS INT) AS "pos_credits_running_count",
    SUM(CASE WHEN "t10"."running" THEN "t10"."left" ELSE CAST(NULL AS DOUBLE) END) AS "pos_credits_running_left_sum",
    MAX(CASE WHEN "t10"."running" THEN "t10"."left" ELSE CAST(NULL AS DOUBLE) END) AS "pos_credits_running_left_max",
    AVG(CASE WHEN "t10"."running" THEN "t10"."left_part" ELSE CAST(NULL AS DOUBLE) END) AS "pos_credits_running_left_part_mean"
  FROM (
    SELECT
      "t9"."SK_ID_CURR",
      COALESCE("t9"."completed" > 0, FALSE) AS "completed",
      COALESCE("t9"."shortest" < "t9"."term", FALSE) AS "changed",
      COALESCE("t9"."late_sum" > 0, FALSE) AS "ever_late",
      COALESCE("t9"."late_def_sum" > 0, FALSE) AS "ever_late_def",
      "t9"."rows" AS "seen",
      -(
        "t9"."first"
      ) AS "first",
      -(
        "t9"."latest"
      ) AS "latest",
      "t9"."term",
      "t9"."late_sum" AS "late_months",
      "t9"."run" AS "late_run",
      -(
        "t9"."last_late"
      ) AS "last_late",
      "t9"."left",
      "t9"."left" / NULLIF("t9"."term", 0.0) AS "left_part",
      (
        "t9"."latest" >= -2
      ) AND (
        "t9"."completed" = 0
      ) AS "running"
    FROM (
      SELECT
        "t3"."SK_ID_CURR",
        "t3"."SK_ID_PREV",
        "t3"."rows",
        "t3"."first",
        "t3"."latest",
        "t3"."last_late",
        "t3"."late_sum",
        "t3"."late_def_sum",
        "t3"."term",
        "t3"."shortest",
        "t3"."left",
        "t3"."completed",
        COALESCE("t8"."run", 0.0) AS "run"
      FROM (
        SELECT
          "t0"."SK_ID_CURR",
          "t0"."SK_ID_PREV",
          SUM("t0"."rows") AS "rows",
          MIN("t0"."first") AS "first",
          MAX("t0"."latest") AS "latest",
          MAX("t0"."last_late") AS "last_late",
          SUM("t0"."late_sum") AS "late_sum",
          SUM("t0"."late_def_sum") AS "late_def_sum",
          MAX("t0"."term") AS "term",
          MIN("t0"."shortest") AS "shortest",
          MIN("t0"."left") AS "left",
          SUM("t0"."completed") AS "completed"
        FROM "pos_periods" AS "t0"
        GROUP BY
          1,
          2
      ) AS "t3"
      LEFT OUTER JOIN (
        SELECT
          "t6"."SK_ID_CURR",
          "t6"."SK_ID_PREV",
          CAST(MAX("t6"."run") AS DOUBLE) AS "run"
        FROM (
          SELECT
            "t5"."SK_ID_CURR",
            "t5"."SK_ID_PREV",
            "t5"."start",
            COUNT(*) AS "run"
          FROM (
            SELECT
              "t4"."SK_ID_CURR",
              "t4"."SK_ID_PREV",
              "t4"."month",
              "t4"."month" - (
                ROW_NUMBER() OVER (
                  PARTITION BY "t4"."SK_ID_CURR", "t4"."SK_ID_PREV"
                  ORDER BY "t4"."month" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1
              ) AS "start"
            FROM (
              SELECT DISTINCT
                "t1"."SK_ID_CURR",
                "t1"."SK_ID_PREV",
                CASE
                  WHEN "t1"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
                  THEN "t1"."MONTHS_BALANCE"
                  ELSE CAST(NULL AS DOUBLE)
                END AS "month"
              FROM "POS_CASH_balance" AS "t1"
              WHERE
                CASE
                  WHEN "t1"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
                  THEN "t1"."MONTHS_BALANCE"
                  ELSE CAST(NULL AS DOUBLE)
                END <= 0
                AND CASE
                  WHEN "t1"."SK_DPD" BETWEEN 0 AND 1000000000000000.0
                  THEN "t1"."SK_DPD"
                  ELSE CAST(NULL AS DOUBLE)
                END > 0
            ) AS "t4"
          ) AS "t5"
          GROUP BY
            1,
            2,
            3
        ) AS "t6"
        GROUP BY
          1,
          2
      ) AS "t8"
        ON "t3"."SK_ID_CURR" = "t8"."SK_ID_CURR" AND "t3"."SK_ID_PREV" = "t8"."SK_ID_PREV"
    ) AS "t9"
  ) AS "t10"
  GROUP BY
    1
) AS "t11";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "POS_CASH_balance_1" AS "t0";
-- step installments_payments instalments_periods
SELECT
  "t5"."SK_ID_CURR",
  "t5"."SK_ID_PREV",
  "t5"."period",
  CAST(COUNT(*) AS DOUBLE) AS "rows",
  SUM("t5"."ahead") AS "ahead_sum",
  MAX("t5"."delay") AS "delay_max",
  SUM("t5"."delay") AS "delay_sum",
  CAST(COUNT("t5"."due") AS DOUBLE) AS "due_count",
  MAX("t5"."due") AS "due_max",
  SUM("t5"."due") AS "due_sum",
  CAST(COUNT(NULLIF("t5"."late30d", FALSE)) AS DOUBLE) AS "late30d_sum",
  CAST(COUNT(NULLIF("t5"."late7d", FALSE)) AS DOUBLE) AS "late7d_sum",
  CAST(COUNT(NULLIF("t5"."late", FALSE)) AS DOUBLE) AS "late_sum",
  CAST(COUNT(NULLIF("t5"."over", FALSE)) AS DOUBLE) AS "over_sum",
  SUM("t5"."paid") AS "paid_sum",
  SUM("t5"."shortfall") AS "shortfall_sum",
  CAST(COUNT(NULLIF("t5"."split", FALSE)) AS DOUBLE) AS "split_sum",
  CAST(COUNT(NULLIF("t5"."under", FALSE)) AS DOUBLE) AS "under_sum",
  CAST(COUNT(NULLIF("t5"."unpaid", FALSE)) AS DOUBLE) AS "unpaid_sum",
  MIN("t5"."day") AS "first",
  MAX("t5"."day") AS "latest",
  MAX("t5"."late_day") AS "last_late",
  MAX("t5"."version") AS "versions"
FROM (
  SELECT
    "t4"."SK_ID_CURR",
    "t4"."SK_ID_PREV",
    COALESCE("t4"."delay" > 0, FALSE) AS "late",
    CASE WHEN "t4"."delay" > 0 THEN "t4"."delay" ELSE 0.0 END AS "delay",
    COALESCE((
      "t4"."due" - "t4"."paid"
    ) > 0.005, FALSE) AS "under",
    CASE
      WHEN (
        "t4"."due" - "t4"."paid"
      ) > 0
      THEN "t4"."due" - "t4"."paid"
      ELSE 0.0
    END AS "shortfall",
    "t4"."due",
    "t4"."paid",
    COALESCE("t4"."delay" > 7, FALSE) AS "late7d",
    COALESCE("t4"."delay" > 30, FALSE) AS "late30d",
    COALESCE((
      "t4"."paid" - "t4"."due"
    ) > 0.005, FALSE) AS "over",
    COALESCE("t4"."payments" > 1, FALSE) AS "split",
    COALESCE("t4"."paid" = 0, FALSE) AS "unpaid",
    CASE WHEN -(
      "t4"."delay"
    ) > 0 THEN -(
      "t4"."delay"
    ) ELSE 0.0 END AS "ahead",
    CASE
      WHEN -(
        "t4"."DAYS_INSTALMENT"
      ) <= 91
      THEN 3
      WHEN -(
        "t4"."DAYS_INSTALMENT"
      ) <= 183
      THEN 6
      WHEN -(
        "t4"."DAYS_INSTALMENT"
      ) <= 365
      THEN 12
      WHEN -(
        "t4"."DAYS_INSTALMENT"
      ) <= 730
      THEN 24
      ELSE 999
    END AS "period",
    "t4"."DAYS_INSTALMENT" AS "day",
    CASE WHEN "t4"."delay" > 0 THEN "t4"."DAYS_INSTALMENT" ELSE CAST(NULL AS DOUBLE) END AS "late_day",
    "t4"."NUM_INSTALMENT_VERSION" AS "version"
  FROM (
    SELECT
      "t3"."SK_ID_CURR",
      "t3"."SK_ID_PREV",
      "t3"."NUM_INSTALMENT_VERSION",
      "t3"."NUM_INSTALMENT_NUMBER",
      "t3"."DAYS_INSTALMENT",
      "t3"."payments",
      "t3"."due",
      "t3"."paid",
      "t3"."day",
      "t3"."day" - "t3"."DAYS_INSTALMENT" AS "delay"
    FROM (
      SELECT
        "t2"."SK_ID_CURR",
        "t2"."SK_ID_PREV",
        "t2"."NUM_INSTALMENT_VERSION",
        "t2"."NUM_INSTALMENT_NUMBER",
        "t2"."DAYS_INSTALMENT",
        COUNT(*) AS "payments",
        MAX("t2"."AMT_INSTALMENT") AS "due",
        SUM("t2"."paid") AS "paid",
        MAX("t2"."day") AS "day"
      FROM (
        SELECT
          "t1"."SK_ID_CURR",
          "t1"."SK_ID_PREV",
          "t1"."NUM_INSTALMENT_VERSION",
          "t1"."NUM_INSTALMENT_NUMBER",
          "t1"."DAYS_INSTALMENT",
          "t1"."DAYS_ENTRY_PAYMENT",
          "t1"."AMT_INSTALMENT",
          "t1"."AMT_PAYMENT",
          COALESCE(CASE WHEN "t1"."DAYS_ENTRY_PAYMENT" <= 0 THEN "t1"."AMT_PAYMENT" ELSE 0.0 END, 0.0) AS "paid",
          COALESCE(
            CASE WHEN "t1"."DAYS_ENTRY_PAYMENT" <= 0 THEN "t1"."DAYS_ENTRY_PAYMENT" ELSE 0.0 END,
            0.0
          ) AS "day"
        FROM (
          SELECT
            "t0"."SK_ID_CURR",
            "t0"."SK_ID_PREV",
            CASE
              WHEN "t0"."NUM_INSTALMENT_VERSION" BETWEEN -1000000000000000.0 AND 1000000000000000.0
              THEN "t0"."NUM_INSTALMENT_VERSION"
              ELSE CAST(NULL AS DOUBLE)
            END AS "NUM_INSTALMENT_VERSION",
            CASE
              WHEN "t0"."NUM_INSTALMENT_NUMBER" BETWEEN -1000000000000000.0 AND 1000000000000000.0
              THEN "t0"."NUM_INSTALMENT_NUMBER"
              ELSE CAST(NULL AS DOUBLE)
            END AS "NUM_INSTALMENT_NUMBER",
            CASE
              WHEN "t0"."DAYS_INSTALMENT" BETWEEN -40000 AND 40000
              THEN "t0"."DAYS_INSTALMENT"
              ELSE CAST(NULL AS DOUBLE)
            END AS "DAYS_INSTALMENT",
            CASE
              WHEN "t0"."DAYS_ENTRY_PAYMENT" BETWEEN -40000 AND 40000
              THEN "t0"."DAYS_ENTRY_PAYMENT"
              ELSE CAST(NULL AS DOUBLE)
            END AS "DAYS_ENTRY_PAYMENT",
            CASE
              WHEN "t0"."AMT_INSTALMENT" BETWEEN 0 AND 1000000000000000.0
              THEN "t0"."AMT_INSTALMENT"
              ELSE CAST(NULL AS DOUBLE)
            END AS "AMT_INSTALMENT",
            CASE
              WHEN "t0"."AMT_PAYMENT" BETWEEN 0 AND 1000000000000000.0
              THEN "t0"."AMT_PAYMENT"
              ELSE CAST(NULL AS DOUBLE)
            END AS "AMT_PAYMENT"
          FROM "installments_payments" AS "t0"
          WHERE
            CASE
              WHEN "t0"."DAYS_INSTALMENT" BETWEEN -40000 AND 40000
              THEN "t0"."DAYS_INSTALMENT"
              ELSE CAST(NULL AS DOUBLE)
            END <= 0
        ) AS "t1"
      ) AS "t2"
      GROUP BY
        1,
        2,
        3,
        4,
        5
    ) AS "t3"
  ) AS "t4"
) AS "t5"
GROUP BY
  1,
  2,
  3;
-- step installments_payments installments_payments_0
SELECT
  "t1"."SK_ID_CURR",
  "t1"."instalments_count",
  "t1"."instalments_late_count",
  "t1"."instalments_late_share",
  "t1"."instalments_delay_mean",
  "t1"."instalments_delay_max",
  "t1"."instalments_under_share",
  "t1"."instalments_shortfall_sum",
  "t1"."instalments_due_sum",
  "t1"."instalments_paid_sum",
  "t1"."instalments_3m_count",
  "t1"."instalments_3m_late_count",
  "t1"."instalments_3m_late_share",
  "t1"."instalments_3m_delay_mean",
  "t1"."instalments_3m_delay_max",
  "t1"."instalments_3m_under_share",
  "t1"."instalments_3m_shortfall_sum",
  "t1"."instalments_3m_due_sum",
  "t1"."instalments_3m_paid_sum",
  "t1"."instalments_6m_count",
  "t1"."instalments_6m_late_count",
  "t1"."instalments_6m_late_share",
  "t1"."instalments_6m_delay_mean",
  "t1"."instalments_6m_delay_max",
  "t1"."instalments_6m_under_share",
  "t1"."instalments_6m_shortfall_sum",
  "t1"."instalments_6m_due_sum",
  "t1"."instalments_6m_paid_sum",
  "t1"."instalments_12m_count",
  "t1"."instalments_12m_late_count",
  "t1"."instalments_12m_late_share",
  "t1"."instalments_12m_delay_mean",
  "t1"."instalments_12m_delay_max",
  "t1"."instalments_12m_under_share",
  "t1"."instalments_12m_shortfall_sum",
  "t1"."instalments_12m_due_sum",
  "t1"."instalments_12m_paid_sum",
  "t1"."instalments_24m_count",
  "t1"."instalments_24m_late_count",
  "t1"."instalments_24m_late_share",
  "t1"."instalments_24m_delay_mean",
  "t1"."instalments_24m_delay_max",
  "t1"."instalments_24m_under_share",
  "t1"."instalments_24m_shortfall_sum",
  "t1"."instalments_24m_due_sum",
  "t1"."instalments_24m_paid_sum",
  "t1"."instalments_late7d_share",
  "t1"."instalments_late30d_count",
  "t1"."instalments_over_share",
  "t1"."instalments_split_share",
  "t1"."instalments_unpaid_count",
  "t1"."instalments_due_mean",
  "t1"."instalments_due_max",
  "t1"."instalments_ahead_mean",
  "t1"."instalments_before12m_late_share",
  "t1"."instalments_before12m_delay_mean",
  "t1"."instalments_before12m_due_mean",
  "t1"."instalments_12m_due_mean",
  "t1"."instalments_paid_sum" / NULLIF("t1"."instalments_due_sum", 0.0) AS "instalments_paid_part",
  "t1"."instalments_3m_paid_sum" / NULLIF("t1"."instalments_3m_due_sum", 0.0) AS "instalments_3m_paid_part",
  "t1"."instalments_6m_paid_sum" / NULLIF("t1"."instalments_6m_due_sum", 0.0) AS "instalments_6m_paid_part",
  "t1"."instalments_12m_paid_sum" / NULLIF("t1"."instalments_12m_due_sum", 0.0) AS "instalments_12m_paid_part",
  "t1"."instalments_24m_paid_sum" / NULLIF("t1"."instalments_24m_due_sum", 0.0) AS "instalments_24m_paid_part",
  "t1"."instalments_12m_late_share" / NULLIF("t1"."instalments_before12m_late_share", 0.0) AS "instalments_late_12m_to_before",
  "t1"."instalments_12m_delay_mean" / NULLIF("t1"."instalments_before12m_delay_mean", 0.0) AS "instalments_delay_12m_to_before",
  "t1"."instalments_12m_due_mean" / NULLIF("t1"."instalments_before12m_due_mean", 0.0) AS "instalments_due_12m_to_before"
FROM (
  SELECT
    "t0"."SK_ID_CURR",
    CAST(COALESCE(SUM("t0"."rows"), 0.0) AS INT) AS "instalments_count",
    CAST(COALESCE(SUM("t0"."late_sum"), 0.0) AS INT) AS "instalments_late_count",
    SUM("t0"."late_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_late_share",
    SUM("t0"."delay_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_delay_mean",
    MAX("t0"."delay_max") AS "instalments_delay_max",
    SUM("t0"."under_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_under_share",
    SUM("t0"."shortfall_sum") AS "instalments_shortfall_sum",
    SUM("t0"."due_sum") AS "instalments_due_sum",
    SUM("t0"."paid_sum") AS "instalments_paid_sum",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_3m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_3m_late_count",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_3m_late_share",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."delay_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_3m_delay_mean",
    MAX(CASE WHEN "t0"."period" <= 3 THEN "t0"."delay_max" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_3m_delay_max",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."under_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_3m_under_share",
    SUM(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."shortfall_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "instalments_3m_shortfall_sum",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."due_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_3m_due_sum",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_3m_paid_sum",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_6m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_6m_late_count",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_6m_late_share",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."delay_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_6m_delay_mean",
    MAX(CASE WHEN "t0"."period" <= 6 THEN "t0"."delay_max" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_6m_delay_max",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."under_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_6m_under_share",
    SUM(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."shortfall_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "instalments_6m_shortfall_sum",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."due_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_6m_due_sum",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_6m_paid_sum",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_12m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_12m_late_count",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_12m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."delay_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_12m_delay_mean",
    MAX(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."delay_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "instalments_12m_delay_max",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."under_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_12m_under_share",
    SUM(
      CASE
        WHEN "t0"."period" <= 12
        THEN "t0"."shortfall_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) AS "instalments_12m_shortfall_sum",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."due_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_12m_due_sum",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_12m_paid_sum",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_24m_count",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "instalments_24m_late_count",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_24m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."delay_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_24m_delay_mean",
    MAX(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."delay_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "instalments_24m_delay_max",
    SUM(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."under_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_24m_under_share",
    SUM(
      CASE
        WHEN "t0"."period" <= 24
        THEN "t0"."shortfall_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) AS "instalments_24m_shortfall_sum",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."due_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_24m_due_sum",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "instalments_24m_paid_sum",
    SUM("t0"."late7d_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_late7d_share",
    CAST(COALESCE(SUM("t0"."late30d_sum"), 0.0) AS INT) AS "instalments_late30d_count",
    SUM("t0"."over_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_over_share",
    SUM("t0"."split_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_split_share",
    CAST(COALESCE(SUM("t0"."unpaid_sum"), 0.0) AS INT) AS "instalments_unpaid_count",
    SUM("t0"."due_sum") / NULLIF(SUM("t0"."due_count"), 0.0) AS "instalments_due_mean",
    MAX("t0"."due_max") AS "instalments_due_max",
    SUM("t0"."ahead_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "instalments_ahead_mean",
    SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_before12m_late_share",
    SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."delay_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_before12m_delay_mean",
    SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."due_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" > 12 THEN "t0"."due_count" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "instalments_before12m_due_mean",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."due_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 12 THEN "t0"."due_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "instalments_12m_due_mean"
  FROM "instalments_periods" AS "t0"
  GROUP BY
    1
) AS "t1";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "installments_payments_0" AS "t0";
-- step installments_payments installments_payments_1
SELECT
  *
FROM (
  SELECT
    "t2"."SK_ID_CURR",
    CAST(COUNT(*) AS INT) AS "instalments_credits_count",
    AVG("t2"."seen") AS "instalments_credits_seen_mean",
    MAX("t2"."seen") AS "instalments_credits_seen_max",
    MAX("t2"."first") AS "instalments_credits_first_max",
    MIN("t2"."latest") AS "instalments_credits_latest_min",
    MIN("t2"."last_late") AS "instalments_credits_last_late_min",
    AVG("t2"."late_part") AS "instalments_credits_late_part_mean",
    MAX("t2"."late_part") AS "instalments_credits_late_part_max",
    MAX("t2"."versions") AS "instalments_credits_versions_max",
    CAST(COUNT(NULLIF("t2"."ever_late", FALSE)) AS INT) AS "instalments_credits_ever_late_count",
    CAST(COUNT(NULLIF("t2"."ever_late", FALSE)) AS DOUBLE) / NULLIF(CAST(COUNT(*) AS DOUBLE), 0.0) AS "instalments_credits_ever_late_share",
    CAST(COUNT(NULLIF("t2"."ever_late30d", FALSE)) AS INT) AS "instalments_credits_ever_late30d_count"
  FROM (
    SELECT
      "t1"."SK_ID_CURR",
      "t1"."rows" AS "seen",
      -(
        "t1"."first"
      ) AS "first",
      -(
        "t1"."latest"
      ) AS "latest",
      -(
        "t1"."last_late"
      ) AS "last_late",
      "t1"."late_sum" / NULLIF("t1"."rows", 0.0) AS "late_part",
      "t1"."versions",
      COALESCE("t1"."late_sum" > 0, FALSE) AS "ever_late",
      COALESCE("t1"."late30d_sum" > 0, FALSE) AS "ever_late30d"
    FROM (
      SELECT
        "t0"."SK_ID_CURR",
        "t0"."SK_ID_PREV",
        SUM("t0"."rows") AS "rows",
        MIN("t0"."first") AS "first",
        MAX("t0"."latest") AS "latest",
        MAX("t0"."last_late") AS "last_late",
        SUM("t0"."late_sum") AS "late_sum",
        SUM("t0"."late30d_sum") AS "late30d_sum",
        MAX("t0"."versions") AS "versions"
      FROM "instalments_periods" AS "t0"
      GROUP BY
        1,
        2
    ) AS "t1"
  ) AS "t2"
  GROUP BY
    1
) AS "t3";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "installments_payments_1" AS "t0";
-- step credit_card_balance card_periods
SELECT
  "t2"."SK_ID_CURR",
  "t2"."SK_ID_PREV",
  "t2"."period",
  CAST(COUNT(*) AS DOUBLE) AS "rows",
  CAST(COUNT("t2"."balance") AS DOUBLE) AS "balance_count",
  MAX("t2"."balance") AS "balance_max",
  MIN("t2"."balance") AS "balance_min",
  SUM("t2"."balance") AS "balance_sum",
  MAX("t2"."dpd") AS "dpd_max",
  SUM("t2"."drawings_atm") AS "drawings_atm_sum",
  SUM("t2"."drawings") AS "drawings_sum",
  SUM("t2"."drawn_atm") AS "drawn_atm_sum",
  CAST(COUNT("t2"."drawn") AS DOUBLE) AS "drawn_count",
  MAX("t2"."drawn") AS "drawn_max",
  SUM("t2"."drawn_pos") AS "drawn_pos_sum",
  SUM("t2"."drawn") AS "drawn_sum",
  CAST(COUNT(NULLIF("t2"."in_debt", FALSE)) AS DOUBLE) AS "in_debt_sum",
  CAST(COUNT(NULLIF("t2"."late_def", FALSE)) AS DOUBLE) AS "late_def_sum",
  CAST(COUNT(NULLIF("t2"."late", FALSE)) AS DOUBLE) AS "late_sum",
  CAST(COUNT("t2"."limit") AS DOUBLE) AS "limit_count",
  MAX("t2"."limit") AS "limit_max",
  SUM("t2"."limit") AS "limit_sum",
  SUM("t2"."minimum") AS "minimum_sum",
  CAST(COUNT(NULLIF("t2"."over_limit", FALSE)) AS DOUBLE) AS "over_limit_sum",
  CAST(COUNT("t2"."paid") AS DOUBLE) AS "paid_count",
  MAX("t2"."paid") AS "paid_max",
  SUM("t2"."paid") AS "paid_sum",
  CAST(COUNT(NULLIF("t2"."under_minimum", FALSE)) AS DOUBLE) AS "under_minimum_sum",
  CAST(COUNT(NULLIF("t2"."used", FALSE)) AS DOUBLE) AS "used_sum",
  CAST(COUNT("t2"."utilisation") AS DOUBLE) AS "utilisation_count",
  MAX("t2"."utilisation") AS "utilisation_max",
  SUM("t2"."utilisation") AS "utilisation_sum",
  MIN("t2"."month") AS "first",
  MAX("t2"."month") AS "latest",
  MAX("t2"."late_month") AS "last_late"
FROM (
  SELECT
    "t1"."SK_ID_CURR",
    "t1"."SK_ID_PREV",
    "t1"."AMT_BALANCE" AS "balance",
    "t1"."AMT_BALANCE" / NULLIF("t1"."AMT_CREDIT_LIMIT_ACTUAL", 0.0) AS "utilisation",
    "t1"."AMT_DRAWINGS_CURRENT" AS "drawn",
    "t1"."CNT_DRAWINGS_CURRENT" AS "drawings",
    "t1"."AMT_PAYMENT_TOTAL_CURRENT" AS "paid",
    "t1"."SK_DPD" AS "dpd",
    COALESCE("t1"."SK_DPD" > 0, FALSE) AS "late",
    COALESCE("t1"."AMT_PAYMENT_TOTAL_CURRENT" < "t1"."AMT_INST_MIN_REGULARITY", FALSE) AS "under_minimum",
    COALESCE("t1"."CNT_DRAWINGS_CURRENT" > 0, FALSE) AS "used",
    "t1"."AMT_CREDIT_LIMIT_ACTUAL" AS "limit",
    "t1"."AMT_DRAWINGS_ATM_CURRENT" AS "drawn_atm",
    "t1"."AMT_DRAWINGS_POS_CURRENT" AS "drawn_pos",
    "t1"."CNT_DRAWINGS_ATM_CURRENT" AS "drawings_atm",
    "t1"."AMT_INST_MIN_REGULARITY" AS "minimum",
    COALESCE("t1"."SK_DPD_DEF" > 0, FALSE) AS "late_def",
    COALESCE("t1"."AMT_BALANCE" > "t1"."AMT_CREDIT_LIMIT_ACTUAL", FALSE) AS "over_limit",
    COALESCE("t1"."AMT_BALANCE" > 0, FALSE) AS "in_debt",
    CASE
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 3
      THEN 3
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 6
      THEN 6
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 12
      THEN 12
      WHEN -(
        "t1"."MONTHS_BALANCE"
      ) <= 24
      THEN 24
      ELSE 999
    END AS "period",
    "t1"."MONTHS_BALANCE" AS "month",
    CASE WHEN "t1"."SK_DPD" > 0 THEN "t1"."MONTHS_BALANCE" ELSE NULL END AS "late_month"
  FROM (
    SELECT
      "t0"."SK_ID_CURR",
      "t0"."SK_ID_PREV",
      CASE
        WHEN "t0"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
        THEN "t0"."MONTHS_BALANCE"
        ELSE CAST(NULL AS DOUBLE)
      END AS "MONTHS_BALANCE",
      CASE
        WHEN "t0"."AMT_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
        THEN "t0"."AMT_BALANCE"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_BALANCE",
      CASE
        WHEN "t0"."AMT_CREDIT_LIMIT_ACTUAL" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."AMT_CREDIT_LIMIT_ACTUAL"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_CREDIT_LIMIT_ACTUAL",
      CASE
        WHEN "t0"."AMT_DRAWINGS_CURRENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."AMT_DRAWINGS_CURRENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_DRAWINGS_CURRENT",
      CASE
        WHEN "t0"."AMT_DRAWINGS_ATM_CURRENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."AMT_DRAWINGS_ATM_CURRENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_DRAWINGS_ATM_CURRENT",
      CASE
        WHEN "t0"."AMT_DRAWINGS_POS_CURRENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."AMT_DRAWINGS_POS_CURRENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_DRAWINGS_POS_CURRENT",
      CASE
        WHEN "t0"."AMT_INST_MIN_REGULARITY" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."AMT_INST_MIN_REGULARITY"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_INST_MIN_REGULARITY",
      CASE
        WHEN "t0"."AMT_PAYMENT_TOTAL_CURRENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."AMT_PAYMENT_TOTAL_CURRENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "AMT_PAYMENT_TOTAL_CURRENT",
      CASE
        WHEN "t0"."CNT_DRAWINGS_CURRENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."CNT_DRAWINGS_CURRENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "CNT_DRAWINGS_CURRENT",
      CASE
        WHEN "t0"."CNT_DRAWINGS_ATM_CURRENT" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."CNT_DRAWINGS_ATM_CURRENT"
        ELSE CAST(NULL AS DOUBLE)
      END AS "CNT_DRAWINGS_ATM_CURRENT",
      CASE
        WHEN "t0"."SK_DPD" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."SK_DPD"
        ELSE CAST(NULL AS DOUBLE)
      END AS "SK_DPD",
      CASE
        WHEN "t0"."SK_DPD_DEF" BETWEEN 0 AND 1000000000000000.0
        THEN "t0"."SK_DPD_DEF"
        ELSE CAST(NULL AS DOUBLE)
      END AS "SK_DPD_DEF",
      CASE
        WHEN "t0"."NAME_CONTRACT_STATUS" IN ('XNA', 'XAP')
        THEN CAST(NULL AS TEXT)
        ELSE "t0"."NAME_CONTRACT_STATUS"
      END AS "NAME_CONTRACT_STATUS"
    FROM "credit_card_balance" AS "t0"
    WHERE
      CASE
        WHEN "t0"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
        THEN "t0"."MONTHS_BALANCE"
        ELSE CAST(NULL AS DOUBLE)
      END <= 0
  ) AS "t1"
) AS "t2"
GROUP BY
  1,
  2,
  3;
-- step credit_card_balance credit_card_balance_0
SELECT
  "t1"."SK_ID_CURR",
  "t1"."card_count",
  "t1"."card_balance_mean",
  "t1"."card_balance_max",
  "t1"."card_utilisation_mean",
  "t1"."card_utilisation_max",
  "t1"."card_drawn_sum",
  "t1"."card_drawings_sum",
  "t1"."card_paid_sum",
  "t1"."card_dpd_max",
  "t1"."card_late_share",
  "t1"."card_under_minimum_share",
  "t1"."card_used_share",
  "t1"."card_3m_count",
  "t1"."card_3m_balance_mean",
  "t1"."card_3m_balance_max",
  "t1"."card_3m_utilisation_mean",
  "t1"."card_3m_utilisation_max",
  "t1"."card_3m_drawn_sum",
  "t1"."card_3m_drawings_sum",
  "t1"."card_3m_paid_sum",
  "t1"."card_3m_dpd_max",
  "t1"."card_3m_late_share",
  "t1"."card_3m_under_minimum_share",
  "t1"."card_3m_used_share",
  "t1"."card_6m_count",
  "t1"."card_6m_balance_mean",
  "t1"."card_6m_balance_max",
  "t1"."card_6m_utilisation_mean",
  "t1"."card_6m_utilisation_max",
  "t1"."card_6m_drawn_sum",
  "t1"."card_6m_drawings_sum",
  "t1"."card_6m_paid_sum",
  "t1"."card_6m_dpd_max",
  "t1"."card_6m_late_share",
  "t1"."card_6m_under_minimum_share",
  "t1"."card_6m_used_share",
  "t1"."card_12m_count",
  "t1"."card_12m_balance_mean",
  "t1"."card_12m_balance_max",
  "t1"."card_12m_utilisation_mean",
  "t1"."card_12m_utilisation_max",
  "t1"."card_12m_drawn_sum",
  "t1"."card_12m_drawings_sum",
  "t1"."card_12m_paid_sum",
  "t1"."card_12m_dpd_max",
  "t1"."card_12m_late_share",
  "t1"."card_12m_under_minimum_share",
  "t1"."card_12m_used_share",
  "t1"."card_balance_min",
  "t1"."card_limit_mean",
  "t1"."card_limit_max",
  "t1"."card_drawn_mean",
  "t1"."card_drawn_max",
  "t1"."card_drawn_atm_sum",
  "t1"."card_drawn_pos_sum",
  "t1"."card_drawings_atm_sum",
  "t1"."card_paid_mean",
  "t1"."card_paid_max",
  "t1"."card_minimum_sum",
  "t1"."card_late_count",
  "t1"."card_late_def_count",
  "t1"."card_over_limit_share",
  "t1"."card_in_debt_share",
  "t1"."card_6m_drawn_mean",
  "t1"."card_6m_paid_mean",
  "t1"."card_12m_drawn_atm_sum",
  "t1"."card_12m_minimum_sum",
  "t1"."card_24m_count",
  "t1"."card_24m_late_share",
  "t1"."card_24m_balance_mean",
  "t1"."card_24m_utilisation_mean",
  "t1"."card_3m_balance_mean" / NULLIF("t1"."card_balance_mean", 0.0) AS "card_balance_3m_to_all",
  "t1"."card_12m_balance_mean" / NULLIF("t1"."card_balance_mean", 0.0) AS "card_balance_12m_to_all",
  "t1"."card_3m_utilisation_mean" / NULLIF("t1"."card_utilisation_mean", 0.0) AS "card_utilisation_3m_to_all",
  "t1"."card_12m_utilisation_mean" / NULLIF("t1"."card_utilisation_mean", 0.0) AS "card_utilisation_12m_to_all",
  "t1"."card_6m_drawn_mean" / NULLIF("t1"."card_drawn_mean", 0.0) AS "card_drawn_6m_to_all",
  "t1"."card_6m_paid_mean" / NULLIF("t1"."card_paid_mean", 0.0) AS "card_paid_6m_to_all",
  "t1"."card_drawn_atm_sum" / NULLIF("t1"."card_drawn_sum", 0.0) AS "card_atm_part",
  "t1"."card_paid_sum" / NULLIF("t1"."card_drawn_sum", 0.0) AS "card_paid_to_drawn",
  "t1"."card_paid_sum" / NULLIF("t1"."card_minimum_sum", 0.0) AS "card_paid_to_minimum",
  "t1"."card_12m_drawn_atm_sum" / NULLIF("t1"."card_12m_drawn_sum", 0.0) AS "card_12m_atm_part",
  "t1"."card_12m_paid_sum" / NULLIF("t1"."card_12m_drawn_sum", 0.0) AS "card_12m_paid_to_drawn",
  "t1"."card_12m_paid_sum" / NULLIF("t1"."card_12m_minimum_sum", 0.0) AS "card_12m_paid_to_minimum"
FROM (
  SELECT
    "t0"."SK_ID_CURR",
    CAST(COALESCE(SUM("t0"."rows"), 0.0) AS INT) AS "card_count",
    SUM("t0"."balance_sum") / NULLIF(SUM("t0"."balance_count"), 0.0) AS "card_balance_mean",
    MAX("t0"."balance_max") AS "card_balance_max",
    SUM("t0"."utilisation_sum") / NULLIF(SUM("t0"."utilisation_count"), 0.0) AS "card_utilisation_mean",
    MAX("t0"."utilisation_max") AS "card_utilisation_max",
    SUM("t0"."drawn_sum") AS "card_drawn_sum",
    SUM("t0"."drawings_sum") AS "card_drawings_sum",
    SUM("t0"."paid_sum") AS "card_paid_sum",
    MAX("t0"."dpd_max") AS "card_dpd_max",
    SUM("t0"."late_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "card_late_share",
    SUM("t0"."under_minimum_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "card_under_minimum_share",
    SUM("t0"."used_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "card_used_share",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "card_3m_count",
    SUM(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."balance_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 3 THEN "t0"."balance_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "card_3m_balance_mean",
    MAX(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."balance_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_3m_balance_max",
    SUM(
      CASE
        WHEN "t0"."period" <= 3
        THEN "t0"."utilisation_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(
        CASE
          WHEN "t0"."period" <= 3
          THEN "t0"."utilisation_count"
          ELSE CAST(NULL AS DOUBLE)
        END
      ),
      0.0
    ) AS "card_3m_utilisation_mean",
    MAX(
      CASE
        WHEN "t0"."period" <= 3
        THEN "t0"."utilisation_max"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) AS "card_3m_utilisation_max",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."drawn_sum" ELSE CAST(NULL AS DOUBLE) END) AS "card_3m_drawn_sum",
    SUM(
      CASE WHEN "t0"."period" <= 3 THEN "t0"."drawings_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_3m_drawings_sum",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "card_3m_paid_sum",
    MAX(CASE WHEN "t0"."period" <= 3 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "card_3m_dpd_max",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_3m_late_share",
    SUM(
      CASE
        WHEN "t0"."period" <= 3
        THEN "t0"."under_minimum_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_3m_under_minimum_share",
    SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."used_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 3 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_3m_used_share",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "card_6m_count",
    SUM(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."balance_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 6 THEN "t0"."balance_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "card_6m_balance_mean",
    MAX(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."balance_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_6m_balance_max",
    SUM(
      CASE
        WHEN "t0"."period" <= 6
        THEN "t0"."utilisation_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(
        CASE
          WHEN "t0"."period" <= 6
          THEN "t0"."utilisation_count"
          ELSE CAST(NULL AS DOUBLE)
        END
      ),
      0.0
    ) AS "card_6m_utilisation_mean",
    MAX(
      CASE
        WHEN "t0"."period" <= 6
        THEN "t0"."utilisation_max"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) AS "card_6m_utilisation_max",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."drawn_sum" ELSE CAST(NULL AS DOUBLE) END) AS "card_6m_drawn_sum",
    SUM(
      CASE WHEN "t0"."period" <= 6 THEN "t0"."drawings_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_6m_drawings_sum",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "card_6m_paid_sum",
    MAX(CASE WHEN "t0"."period" <= 6 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "card_6m_dpd_max",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_6m_late_share",
    SUM(
      CASE
        WHEN "t0"."period" <= 6
        THEN "t0"."under_minimum_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_6m_under_minimum_share",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."used_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_6m_used_share",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "card_12m_count",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."balance_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(
        CASE
          WHEN "t0"."period" <= 12
          THEN "t0"."balance_count"
          ELSE CAST(NULL AS DOUBLE)
        END
      ),
      0.0
    ) AS "card_12m_balance_mean",
    MAX(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."balance_max" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_12m_balance_max",
    SUM(
      CASE
        WHEN "t0"."period" <= 12
        THEN "t0"."utilisation_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(
        CASE
          WHEN "t0"."period" <= 12
          THEN "t0"."utilisation_count"
          ELSE CAST(NULL AS DOUBLE)
        END
      ),
      0.0
    ) AS "card_12m_utilisation_mean",
    MAX(
      CASE
        WHEN "t0"."period" <= 12
        THEN "t0"."utilisation_max"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) AS "card_12m_utilisation_max",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."drawn_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_12m_drawn_sum",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."drawings_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_12m_drawings_sum",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) AS "card_12m_paid_sum",
    MAX(CASE WHEN "t0"."period" <= 12 THEN "t0"."dpd_max" ELSE CAST(NULL AS DOUBLE) END) AS "card_12m_dpd_max",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_12m_late_share",
    SUM(
      CASE
        WHEN "t0"."period" <= 12
        THEN "t0"."under_minimum_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_12m_under_minimum_share",
    SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."used_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 12 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_12m_used_share",
    MIN("t0"."balance_min") AS "card_balance_min",
    SUM("t0"."limit_sum") / NULLIF(SUM("t0"."limit_count"), 0.0) AS "card_limit_mean",
    MAX("t0"."limit_max") AS "card_limit_max",
    SUM("t0"."drawn_sum") / NULLIF(SUM("t0"."drawn_count"), 0.0) AS "card_drawn_mean",
    MAX("t0"."drawn_max") AS "card_drawn_max",
    SUM("t0"."drawn_atm_sum") AS "card_drawn_atm_sum",
    SUM("t0"."drawn_pos_sum") AS "card_drawn_pos_sum",
    SUM("t0"."drawings_atm_sum") AS "card_drawings_atm_sum",
    SUM("t0"."paid_sum") / NULLIF(SUM("t0"."paid_count"), 0.0) AS "card_paid_mean",
    MAX("t0"."paid_max") AS "card_paid_max",
    SUM("t0"."minimum_sum") AS "card_minimum_sum",
    CAST(COALESCE(SUM("t0"."late_sum"), 0.0) AS INT) AS "card_late_count",
    CAST(COALESCE(SUM("t0"."late_def_sum"), 0.0) AS INT) AS "card_late_def_count",
    SUM("t0"."over_limit_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "card_over_limit_share",
    SUM("t0"."in_debt_sum") / NULLIF(SUM("t0"."rows"), 0.0) AS "card_in_debt_share",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."drawn_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 6 THEN "t0"."drawn_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "card_6m_drawn_mean",
    SUM(CASE WHEN "t0"."period" <= 6 THEN "t0"."paid_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(
        CASE WHEN "t0"."period" <= 6 THEN "t0"."paid_count" ELSE CAST(NULL AS DOUBLE) END
      ),
      0.0
    ) AS "card_6m_paid_mean",
    SUM(
      CASE
        WHEN "t0"."period" <= 12
        THEN "t0"."drawn_atm_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) AS "card_12m_drawn_atm_sum",
    SUM(
      CASE WHEN "t0"."period" <= 12 THEN "t0"."minimum_sum" ELSE CAST(NULL AS DOUBLE) END
    ) AS "card_12m_minimum_sum",
    CAST(COALESCE(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS INT) AS "card_24m_count",
    SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."late_sum" ELSE CAST(NULL AS DOUBLE) END) / NULLIF(
      SUM(CASE WHEN "t0"."period" <= 24 THEN "t0"."rows" ELSE CAST(NULL AS DOUBLE) END),
      0.0
    ) AS "card_24m_late_share",
    SUM(
      CASE WHEN "t0"."period" <= 24 THEN "t0"."balance_sum" ELSE CAST(NULL AS DOUBLE) END
    ) / NULLIF(
      SUM(
        CASE
          WHEN "t0"."period" <= 24
          THEN "t0"."balance_count"
          ELSE CAST(NULL AS DOUBLE)
        END
      ),
      0.0
    ) AS "card_24m_balance_mean",
    SUM(
      CASE
        WHEN "t0"."period" <= 24
        THEN "t0"."utilisation_sum"
        ELSE CAST(NULL AS DOUBLE)
      END
    ) / NULLIF(
      SUM(
        CASE
          WHEN "t0"."period" <= 24
          THEN "t0"."utilisation_count"
          ELSE CAST(NULL AS DOUBLE)
        END
      ),
      0.0
    ) AS "card_24m_utilisation_mean"
  FROM "card_periods" AS "t0"
  GROUP BY
    1
) AS "t1";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "credit_card_balance_0" AS "t0";
-- step credit_card_balance credit_card_balance_1
SELECT
  *
FROM (
  SELECT
    "t10"."SK_ID_CURR",
    CAST(COUNT(*) AS INT) AS "cards_count",
    MAX("t10"."seen") AS "cards_seen_max",
    MAX("t10"."first") AS "cards_first_max",
    MIN("t10"."latest") AS "cards_latest_min",
    MIN("t10"."last_late") AS "cards_last_late_min",
    MAX("t10"."late_run") AS "cards_late_run_max",
    SUM("t10"."limit") AS "cards_limit_sum",
    CAST(COUNT(NULLIF("t10"."used", FALSE)) AS INT) AS "cards_used_count",
    CAST(COUNT(NULLIF("t10"."ever_late", FALSE)) AS INT) AS "cards_ever_late_count"
  FROM (
    SELECT
      "t9"."SK_ID_CURR",
      "t9"."rows" AS "seen",
      -(
        "t9"."first"
      ) AS "first",
      -(
        "t9"."latest"
      ) AS "latest",
      -(
        "t9"."last_late"
      ) AS "last_late",
      "t9"."run" AS "late_run",
      "t9"."limit_max" AS "limit",
      COALESCE("t9"."used_sum" > 0, FALSE) AS "used",
      COALESCE("t9"."late_sum" > 0, FALSE) AS "ever_late"
    FROM (
      SELECT
        "t3"."SK_ID_CURR",
        "t3"."SK_ID_PREV",
        "t3"."rows",
        "t3"."first",
        "t3"."latest",
        "t3"."last_late",
        "t3"."limit_max",
        "t3"."used_sum",
        "t3"."late_sum",
        COALESCE("t8"."run", 0.0) AS "run"
      FROM (
        SELECT
          "t0"."SK_ID_CURR",
          "t0"."SK_ID_PREV",
          SUM("t0"."rows") AS "rows",
          MIN("t0"."first") AS "first",
          MAX("t0"."latest") AS "latest",
          MAX("t0"."last_late") AS "last_late",
          MAX("t0"."limit_max") AS "limit_max",
          SUM("t0"."used_sum") AS "used_sum",
          SUM("t0"."late_sum") AS "late_sum"
        FROM "card_periods" AS "t0"
        GROUP BY
          1,
          2
      ) AS "t3"
      LEFT OUTER JOIN (
        SELECT
          "t6"."SK_ID_CURR",
          "t6"."SK_ID_PREV",
          CAST(MAX("t6"."run") AS DOUBLE) AS "run"
        FROM (
          SELECT
            "t5"."SK_ID_CURR",
            "t5"."SK_ID_PREV",
            "t5"."start",
            COUNT(*) AS "run"
          FROM (
            SELECT
              "t4"."SK_ID_CURR",
              "t4"."SK_ID_PREV",
              "t4"."month",
              "t4"."month" - (
                ROW_NUMBER() OVER (
                  PARTITION BY "t4"."SK_ID_CURR", "t4"."SK_ID_PREV"
                  ORDER BY "t4"."month" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1
              ) AS "start"
            FROM (
              SELECT DISTINCT
                "t1"."SK_ID_CURR",
                "t1"."SK_ID_PREV",
                CASE
                  WHEN "t1"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
                  THEN "t1"."MONTHS_BALANCE"
                  ELSE CAST(NULL AS DOUBLE)
                END AS "month"
              FROM "credit_card_balance" AS "t1"
              WHERE
                CASE
                  WHEN "t1"."MONTHS_BALANCE" BETWEEN -1000000000000000.0 AND 1000000000000000.0
                  THEN "t1"."MONTHS_BALANCE"
                  ELSE CAST(NULL AS DOUBLE)
                END <= 0
                AND CASE
                  WHEN "t1"."SK_DPD" BETWEEN 0 AND 1000000000000000.0
                  THEN "t1"."SK_DPD"
                  ELSE CAST(NULL AS DOUBLE)
                END > 0
            ) AS "t4"
          ) AS "t5"
          GROUP BY
            1,
            2,
            3
        ) AS "t6"
        GROUP BY
          1,
          2
      ) AS "t8"
        ON "t3"."SK_ID_CURR" = "t8"."SK_ID_CURR" AND "t3"."SK_ID_PREV" = "t8"."SK_ID_PREV"
    ) AS "t9"
  ) AS "t10"
  GROUP BY
    1
) AS "t11";
SELECT
  COUNT(*) AS "rows",
  COUNT(DISTINCT "t0"."SK_ID_CURR") AS "clients"
FROM "credit_card_balance_1" AS "t0";
-- step features features
SELECT
  "t11"."SK_ID_CURR",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_count",
  "t22"."bureau_age_mean",
  "t22"."bureau_age_min",
  "t22"."bureau_age_max",
  "t22"."bureau_amount_sum",
  "t22"."bureau_amount_mean",
  "t22"."bureau_amount_max",
  "t22"."bureau_duration_mean",
  "t22"."bureau_annuity_sum",
  "t22"."bureau_worst_overdue_sum",
  "t22"."bureau_worst_overdue_max",
  "t22"."bureau_ever_late_share",
  "t22"."bureau_updated_min",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_active_count",
  "t22"."bureau_active_age_mean",
  "t22"."bureau_active_age_min",
  "t22"."bureau_active_age_max",
  "t22"."bureau_active_amount_sum",
  "t22"."bureau_active_amount_mean",
  "t22"."bureau_active_amount_max",
  "t22"."bureau_active_duration_mean",
  "t22"."bureau_active_annuity_sum",
  "t22"."bureau_active_worst_overdue_sum",
  "t22"."bureau_active_worst_overdue_max",
  "t22"."bureau_active_ever_late_share",
  "t22"."bureau_active_updated_min",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_closed_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_closed_count",
  "t22"."bureau_closed_age_mean",
  "t22"."bureau_closed_age_min",
  "t22"."bureau_closed_age_max",
  "t22"."bureau_closed_amount_sum",
  "t22"."bureau_closed_amount_mean",
  "t22"."bureau_closed_amount_max",
  "t22"."bureau_closed_duration_mean",
  "t22"."bureau_closed_annuity_sum",
  "t22"."bureau_closed_worst_overdue_sum",
  "t22"."bureau_closed_worst_overdue_max",
  "t22"."bureau_closed_ever_late_share",
  "t22"."bureau_closed_updated_min",
  "t22"."bureau_debt_sum",
  "t22"."bureau_debt_mean",
  "t22"."bureau_debt_max",
  "t22"."bureau_owed_part_mean",
  "t22"."bureau_owed_part_max",
  "t22"."bureau_limit_sum",
  "t22"."bureau_overdue_sum",
  "t22"."bureau_overdue_max",
  "t22"."bureau_days_overdue_max",
  "t22"."bureau_remaining_mean",
  "t22"."bureau_remaining_max",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_late_count",
  "t22"."bureau_active_debt_sum",
  "t22"."bureau_active_debt_mean",
  "t22"."bureau_active_debt_max",
  "t22"."bureau_active_owed_part_mean",
  "t22"."bureau_active_owed_part_max",
  "t22"."bureau_active_limit_sum",
  "t22"."bureau_active_overdue_sum",
  "t22"."bureau_active_overdue_max",
  "t22"."bureau_active_days_overdue_max",
  "t22"."bureau_active_remaining_mean",
  "t22"."bureau_active_remaining_max",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_active_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_active_late_count",
  "t22"."bureau_closed_ended_mean",
  "t22"."bureau_closed_ended_min",
  "t22"."bureau_closed_early_mean",
  "t22"."bureau_closed_early_min",
  "t22"."bureau_active_share",
  "t22"."bureau_closed_share",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_bad_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_bad_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_past_end_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_past_end_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_foreign_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_foreign_count",
  "t22"."bureau_prolonged_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_consumer_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_consumer_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_consumer_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_consumer_active_count",
  "t22"."bureau_consumer_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_card_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_card_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_card_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_card_active_count",
  "t22"."bureau_card_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_car_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_car_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_car_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_car_active_count",
  "t22"."bureau_car_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_mortgage_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_mortgage_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_mortgage_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_mortgage_active_count",
  "t22"."bureau_mortgage_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_microloan_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_microloan_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_microloan_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_microloan_active_count",
  "t22"."bureau_microloan_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_3m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_3m_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_3m_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_3m_active_count",
  "t22"."bureau_3m_amount_sum",
  "t22"."bureau_3m_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_6m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_6m_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_6m_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_6m_active_count",
  "t22"."bureau_6m_amount_sum",
  "t22"."bureau_6m_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_12m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_12m_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_12m_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_12m_active_count",
  "t22"."bureau_12m_amount_sum",
  "t22"."bureau_12m_debt_sum",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_24m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_24m_count",
  CASE
    WHEN "t11"."bureau"
    THEN COALESCE("t22"."bureau_24m_active_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_24m_active_count",
  "t22"."bureau_24m_amount_sum",
  "t22"."bureau_24m_debt_sum",
  "t22"."bureau_consumer_share",
  "t22"."bureau_card_share",
  "t22"."bureau_car_share",
  "t22"."bureau_mortgage_share",
  "t22"."bureau_microloan_share",
  "t22"."bureau_active_debt_to_amount",
  "t22"."bureau_active_overdue_to_debt",
  "t22"."bureau_active_debt_to_limit",
  "t22"."bureau_12m_to_all_count",
  "t22"."bureau_12m_to_all_amount",
  "t22"."bureau_24m_to_all_count",
  "t22"."bureau_24m_to_all_amount",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_count",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_late_count",
  "t23"."bureau_balance_late_share",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_serious_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_serious_count",
  "t23"."bureau_balance_closed_share",
  "t23"."bureau_balance_unknown_share",
  "t23"."bureau_balance_severity_max",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_3m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_3m_count",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_3m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_3m_late_count",
  "t23"."bureau_balance_3m_late_share",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_3m_serious_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_3m_serious_count",
  "t23"."bureau_balance_3m_closed_share",
  "t23"."bureau_balance_3m_unknown_share",
  "t23"."bureau_balance_3m_severity_max",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_6m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_6m_count",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_6m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_6m_late_count",
  "t23"."bureau_balance_6m_late_share",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_6m_serious_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_6m_serious_count",
  "t23"."bureau_balance_6m_closed_share",
  "t23"."bureau_balance_6m_unknown_share",
  "t23"."bureau_balance_6m_severity_max",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_12m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_12m_count",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_12m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_12m_late_count",
  "t23"."bureau_balance_12m_late_share",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_12m_serious_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_12m_serious_count",
  "t23"."bureau_balance_12m_closed_share",
  "t23"."bureau_balance_12m_unknown_share",
  "t23"."bureau_balance_12m_severity_max",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_24m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_24m_count",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_24m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_24m_late_count",
  "t23"."bureau_balance_24m_late_share",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t23"."bureau_balance_24m_serious_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_24m_serious_count",
  "t23"."bureau_balance_24m_closed_share",
  "t23"."bureau_balance_24m_unknown_share",
  "t23"."bureau_balance_24m_severity_max",
  "t23"."bureau_balance_before12m_late_share",
  "t23"."bureau_balance_late_12m_to_before",
  "t23"."bureau_balance_late_12m_to_all",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t24"."bureau_balance_credits_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_credits_count",
  "t24"."bureau_balance_credits_seen_mean",
  "t24"."bureau_balance_credits_seen_max",
  "t24"."bureau_balance_credits_first_max",
  "t24"."bureau_balance_credits_latest_min",
  "t24"."bureau_balance_credits_last_late_min",
  "t24"."bureau_balance_credits_late_months_max",
  "t24"."bureau_balance_credits_late_run_max",
  "t24"."bureau_balance_credits_worst_mean",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t24"."bureau_balance_credits_ever_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_credits_ever_late_count",
  "t24"."bureau_balance_credits_ever_late_share",
  CASE
    WHEN "t11"."bureau_balance"
    THEN COALESCE("t24"."bureau_balance_credits_ever_serious_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "bureau_balance_credits_ever_serious_count",
  "t24"."bureau_balance_credits_closed_share",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_count",
  "t25"."previous_age_mean",
  "t25"."previous_age_min",
  "t25"."previous_age_max",
  "t25"."previous_asked_sum",
  "t25"."previous_asked_mean",
  "t25"."previous_asked_max",
  "t25"."previous_credit_sum",
  "t25"."previous_credit_mean",
  "t25"."previous_credit_max",
  "t25"."previous_annuity_mean",
  "t25"."previous_annuity_max",
  "t25"."previous_term_mean",
  "t25"."previous_granted_part_mean",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_approved_count",
  "t25"."previous_approved_age_mean",
  "t25"."previous_approved_age_min",
  "t25"."previous_approved_age_max",
  "t25"."previous_approved_asked_sum",
  "t25"."previous_approved_asked_mean",
  "t25"."previous_approved_asked_max",
  "t25"."previous_approved_credit_sum",
  "t25"."previous_approved_credit_mean",
  "t25"."previous_approved_credit_max",
  "t25"."previous_approved_annuity_mean",
  "t25"."previous_approved_annuity_max",
  "t25"."previous_approved_term_mean",
  "t25"."previous_approved_granted_part_mean",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_refused_count",
  "t25"."previous_refused_age_mean",
  "t25"."previous_refused_age_min",
  "t25"."previous_refused_age_max",
  "t25"."previous_refused_asked_sum",
  "t25"."previous_refused_asked_mean",
  "t25"."previous_refused_asked_max",
  "t25"."previous_refused_credit_sum",
  "t25"."previous_refused_credit_mean",
  "t25"."previous_refused_credit_max",
  "t25"."previous_refused_annuity_mean",
  "t25"."previous_refused_annuity_max",
  "t25"."previous_refused_term_mean",
  "t25"."previous_refused_granted_part_mean",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_cancelled_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_cancelled_count",
  "t25"."previous_cancelled_age_min",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_unused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_unused_count",
  "t25"."previous_unused_age_min",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_cash_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_cash_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_cash_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_cash_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_cash_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_cash_refused_count",
  "t25"."previous_cash_credit_max",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_consumer_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_consumer_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_consumer_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_consumer_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_consumer_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_consumer_refused_count",
  "t25"."previous_consumer_credit_max",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_revolving_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_revolving_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_revolving_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_revolving_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_revolving_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_revolving_refused_count",
  "t25"."previous_revolving_credit_max",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_3m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_3m_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_3m_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_3m_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_3m_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_3m_refused_count",
  "t25"."previous_3m_refused_share",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_6m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_6m_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_6m_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_6m_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_6m_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_6m_refused_count",
  "t25"."previous_6m_refused_share",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_12m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_12m_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_12m_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_12m_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_12m_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_12m_refused_count",
  "t25"."previous_12m_refused_share",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_24m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_24m_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_24m_approved_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_24m_approved_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_24m_refused_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_24m_refused_count",
  "t25"."previous_24m_refused_share",
  "t25"."previous_approved_goods_max",
  "t25"."previous_approved_down_payment_mean",
  "t25"."previous_approved_down_payment_max",
  "t25"."previous_approved_down_rate_mean",
  "t25"."previous_approved_down_rate_max",
  "t25"."previous_approved_cost_mean",
  "t25"."previous_approved_cost_max",
  "t25"."previous_approved_remaining_max",
  "t25"."previous_approved_early_mean",
  "t25"."previous_approved_early_max",
  "t25"."previous_approved_insured_share",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_approved_running_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_approved_running_count",
  "t25"."previous_approved_share",
  "t25"."previous_refused_share",
  "t25"."previous_cancelled_share",
  "t25"."previous_unused_share",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_reason_hc_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_reason_hc_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_reason_limit_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_reason_limit_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_reason_sco_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_reason_sco_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_reason_scofr_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_reason_scofr_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_reason_client_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_reason_client_count",
  CASE
    WHEN "t11"."previous_application"
    THEN COALESCE("t25"."previous_reason_verif_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "previous_reason_verif_count",
  "t25"."previous_yield_high_share",
  "t25"."previous_yield_middle_share",
  "t25"."previous_yield_low_normal_share",
  "t25"."previous_yield_low_action_share",
  "t25"."previous_channel_office_share",
  "t25"."previous_channel_country_share",
  "t25"."previous_channel_stone_share",
  "t25"."previous_channel_contact_share",
  "t25"."previous_walk_in_share",
  "t25"."previous_cross_sold_share",
  "t25"."previous_new_client_share",
  "t25"."previous_refreshed_share",
  "t25"."previous_weekend_share",
  "t25"."previous_hour_mean",
  "t25"."previous_credit_to_asked",
  "t25"."previous_6m_to_all_count",
  "t25"."previous_12m_to_all_count",
  "t25"."previous_24m_to_all_count",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_count",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_late_count",
  "t26"."pos_late_share",
  "t26"."pos_late_def_share",
  "t26"."pos_dpd_mean",
  "t26"."pos_dpd_max",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_3m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_3m_count",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_3m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_3m_late_count",
  "t26"."pos_3m_late_share",
  "t26"."pos_3m_late_def_share",
  "t26"."pos_3m_dpd_mean",
  "t26"."pos_3m_dpd_max",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_6m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_6m_count",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_6m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_6m_late_count",
  "t26"."pos_6m_late_share",
  "t26"."pos_6m_late_def_share",
  "t26"."pos_6m_dpd_mean",
  "t26"."pos_6m_dpd_max",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_12m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_12m_count",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_12m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_12m_late_count",
  "t26"."pos_12m_late_share",
  "t26"."pos_12m_late_def_share",
  "t26"."pos_12m_dpd_mean",
  "t26"."pos_12m_dpd_max",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_24m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_24m_count",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t26"."pos_24m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_24m_late_count",
  "t26"."pos_24m_late_share",
  "t26"."pos_24m_late_def_share",
  "t26"."pos_24m_dpd_mean",
  "t26"."pos_24m_dpd_max",
  "t26"."pos_before12m_late_share",
  "t26"."pos_late_12m_to_before",
  "t26"."pos_late_12m_to_all",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t27"."pos_credits_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_credits_count",
  "t27"."pos_credits_completed_share",
  "t27"."pos_credits_changed_share",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t27"."pos_credits_ever_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_credits_ever_late_count",
  "t27"."pos_credits_ever_late_share",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t27"."pos_credits_ever_late_def_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_credits_ever_late_def_count",
  "t27"."pos_credits_seen_mean",
  "t27"."pos_credits_first_max",
  "t27"."pos_credits_latest_min",
  "t27"."pos_credits_term_mean",
  "t27"."pos_credits_term_max",
  "t27"."pos_credits_late_months_max",
  "t27"."pos_credits_late_run_max",
  "t27"."pos_credits_last_late_min",
  CASE
    WHEN "t11"."POS_CASH_balance"
    THEN COALESCE("t27"."pos_credits_running_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "pos_credits_running_count",
  "t27"."pos_credits_running_left_sum",
  "t27"."pos_credits_running_left_max",
  "t27"."pos_credits_running_left_part_mean",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_count",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_late_count",
  "t28"."instalments_late_share",
  "t28"."instalments_delay_mean",
  "t28"."instalments_delay_max",
  "t28"."instalments_under_share",
  "t28"."instalments_shortfall_sum",
  "t28"."instalments_due_sum",
  "t28"."instalments_paid_sum",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_3m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_3m_count",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_3m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_3m_late_count",
  "t28"."instalments_3m_late_share",
  "t28"."instalments_3m_delay_mean",
  "t28"."instalments_3m_delay_max",
  "t28"."instalments_3m_under_share",
  "t28"."instalments_3m_shortfall_sum",
  "t28"."instalments_3m_due_sum",
  "t28"."instalments_3m_paid_sum",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_6m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_6m_count",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_6m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_6m_late_count",
  "t28"."instalments_6m_late_share",
  "t28"."instalments_6m_delay_mean",
  "t28"."instalments_6m_delay_max",
  "t28"."instalments_6m_under_share",
  "t28"."instalments_6m_shortfall_sum",
  "t28"."instalments_6m_due_sum",
  "t28"."instalments_6m_paid_sum",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_12m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_12m_count",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_12m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_12m_late_count",
  "t28"."instalments_12m_late_share",
  "t28"."instalments_12m_delay_mean",
  "t28"."instalments_12m_delay_max",
  "t28"."instalments_12m_under_share",
  "t28"."instalments_12m_shortfall_sum",
  "t28"."instalments_12m_due_sum",
  "t28"."instalments_12m_paid_sum",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_24m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_24m_count",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_24m_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_24m_late_count",
  "t28"."instalments_24m_late_share",
  "t28"."instalments_24m_delay_mean",
  "t28"."instalments_24m_delay_max",
  "t28"."instalments_24m_under_share",
  "t28"."instalments_24m_shortfall_sum",
  "t28"."instalments_24m_due_sum",
  "t28"."instalments_24m_paid_sum",
  "t28"."instalments_late7d_share",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_late30d_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_late30d_count",
  "t28"."instalments_over_share",
  "t28"."instalments_split_share",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t28"."instalments_unpaid_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_unpaid_count",
  "t28"."instalments_due_mean",
  "t28"."instalments_due_max",
  "t28"."instalments_ahead_mean",
  "t28"."instalments_before12m_late_share",
  "t28"."instalments_before12m_delay_mean",
  "t28"."instalments_before12m_due_mean",
  "t28"."instalments_12m_due_mean",
  "t28"."instalments_paid_part",
  "t28"."instalments_3m_paid_part",
  "t28"."instalments_6m_paid_part",
  "t28"."instalments_12m_paid_part",
  "t28"."instalments_24m_paid_part",
  "t28"."instalments_late_12m_to_before",
  "t28"."instalments_delay_12m_to_before",
  "t28"."instalments_due_12m_to_before",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t29"."instalments_credits_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_credits_count",
  "t29"."instalments_credits_seen_mean",
  "t29"."instalments_credits_seen_max",
  "t29"."instalments_credits_first_max",
  "t29"."instalments_credits_latest_min",
  "t29"."instalments_credits_last_late_min",
  "t29"."instalments_credits_late_part_mean",
  "t29"."instalments_credits_late_part_max",
  "t29"."instalments_credits_versions_max",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t29"."instalments_credits_ever_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_credits_ever_late_count",
  "t29"."instalments_credits_ever_late_share",
  CASE
    WHEN "t11"."installments_payments"
    THEN COALESCE("t29"."instalments_credits_ever_late30d_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "instalments_credits_ever_late30d_count",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_count",
  "t30"."card_balance_mean",
  "t30"."card_balance_max",
  "t30"."card_utilisation_mean",
  "t30"."card_utilisation_max",
  "t30"."card_drawn_sum",
  "t30"."card_drawings_sum",
  "t30"."card_paid_sum",
  "t30"."card_dpd_max",
  "t30"."card_late_share",
  "t30"."card_under_minimum_share",
  "t30"."card_used_share",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_3m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_3m_count",
  "t30"."card_3m_balance_mean",
  "t30"."card_3m_balance_max",
  "t30"."card_3m_utilisation_mean",
  "t30"."card_3m_utilisation_max",
  "t30"."card_3m_drawn_sum",
  "t30"."card_3m_drawings_sum",
  "t30"."card_3m_paid_sum",
  "t30"."card_3m_dpd_max",
  "t30"."card_3m_late_share",
  "t30"."card_3m_under_minimum_share",
  "t30"."card_3m_used_share",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_6m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_6m_count",
  "t30"."card_6m_balance_mean",
  "t30"."card_6m_balance_max",
  "t30"."card_6m_utilisation_mean",
  "t30"."card_6m_utilisation_max",
  "t30"."card_6m_drawn_sum",
  "t30"."card_6m_drawings_sum",
  "t30"."card_6m_paid_sum",
  "t30"."card_6m_dpd_max",
  "t30"."card_6m_late_share",
  "t30"."card_6m_under_minimum_share",
  "t30"."card_6m_used_share",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_12m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_12m_count",
  "t30"."card_12m_balance_mean",
  "t30"."card_12m_balance_max",
  "t30"."card_12m_utilisation_mean",
  "t30"."card_12m_utilisation_max",
  "t30"."card_12m_drawn_sum",
  "t30"."card_12m_drawings_sum",
  "t30"."card_12m_paid_sum",
  "t30"."card_12m_dpd_max",
  "t30"."card_12m_late_share",
  "t30"."card_12m_under_minimum_share",
  "t30"."card_12m_used_share",
  "t30"."card_balance_min",
  "t30"."card_limit_mean",
  "t30"."card_limit_max",
  "t30"."card_drawn_mean",
  "t30"."card_drawn_max",
  "t30"."card_drawn_atm_sum",
  "t30"."card_drawn_pos_sum",
  "t30"."card_drawings_atm_sum",
  "t30"."card_paid_mean",
  "t30"."card_paid_max",
  "t30"."card_minimum_sum",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_late_count",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_late_def_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_late_def_count",
  "t30"."card_over_limit_share",
  "t30"."card_in_debt_share",
  "t30"."card_6m_drawn_mean",
  "t30"."card_6m_paid_mean",
  "t30"."card_12m_drawn_atm_sum",
  "t30"."card_12m_minimum_sum",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t30"."card_24m_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "card_24m_count",
  "t30"."card_24m_late_share",
  "t30"."card_24m_balance_mean",
  "t30"."card_24m_utilisation_mean",
  "t30"."card_balance_3m_to_all",
  "t30"."card_balance_12m_to_all",
  "t30"."card_utilisation_3m_to_all",
  "t30"."card_utilisation_12m_to_all",
  "t30"."card_drawn_6m_to_all",
  "t30"."card_paid_6m_to_all",
  "t30"."card_atm_part",
  "t30"."card_paid_to_drawn",
  "t30"."card_paid_to_minimum",
  "t30"."card_12m_atm_part",
  "t30"."card_12m_paid_to_drawn",
  "t30"."card_12m_paid_to_minimum",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t31"."cards_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "cards_count",
  "t31"."cards_seen_max",
  "t31"."cards_first_max",
  "t31"."cards_latest_min",
  "t31"."cards_last_late_min",
  "t31"."cards_late_run_max",
  "t31"."cards_limit_sum",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t31"."cards_used_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "cards_used_count",
  CASE
    WHEN "t11"."credit_card_balance"
    THEN COALESCE("t31"."cards_ever_late_count", 0)
    ELSE CAST(NULL AS INT)
  END AS "cards_ever_late_count"
FROM "clients" AS "t11"
LEFT OUTER JOIN (
  SELECT
    "t1"."SK_ID_CURR" AS "client_0",
    "t1"."bureau_count",
    "t1"."bureau_age_mean",
    "t1"."bureau_age_min",
    "t1"."bureau_age_max",
    "t1"."bureau_amount_sum",
    "t1"."bureau_amount_mean",
    "t1"."bureau_amount_max",
    "t1"."bureau_duration_mean",
    "t1"."bureau_annuity_sum",
    "t1"."bureau_worst_overdue_sum",
    "t1"."bureau_worst_overdue_max",
    "t1"."bureau_ever_late_share",
    "t1"."bureau_updated_min",
    "t1"."bureau_active_count",
    "t1"."bureau_active_age_mean",
    "t1"."bureau_active_age_min",
    "t1"."bureau_active_age_max",
    "t1"."bureau_active_amount_sum",
    "t1"."bureau_active_amount_mean",
    "t1"."bureau_active_amount_max",
    "t1"."bureau_active_duration_mean",
    "t1"."bureau_active_annuity_sum",
    "t1"."bureau_active_worst_overdue_sum",
    "t1"."bureau_active_worst_overdue_max",
    "t1"."bureau_active_ever_late_share",
    "t1"."bureau_active_updated_min",
    "t1"."bureau_closed_count",
    "t1"."bureau_closed_age_mean",
    "t1"."bureau_closed_age_min",
    "t1"."bureau_closed_age_max",
    "t1"."bureau_closed_amount_sum",
    "t1"."bureau_closed_amount_mean",
    "t1"."bureau_closed_amount_max",
    "t1"."bureau_closed_duration_mean",
    "t1"."bureau_closed_annuity_sum",
    "t1"."bureau_closed_worst_overdue_sum",
    "t1"."bureau_closed_worst_overdue_max",
    "t1"."bureau_closed_ever_late_share",
    "t1"."bureau_closed_updated_min",
    "t1"."bureau_debt_sum",
    "t1"."bureau_debt_mean",
    "t1"."bureau_debt_max",
    "t1"."bureau_owed_part_mean",
    "t1"."bureau_owed_part_max",
    "t1"."bureau_limit_sum",
    "t1"."bureau_overdue_sum",
    "t1"."bureau_overdue_max",
    "t1"."bureau_days_overdue_max",
    "t1"."bureau_remaining_mean",
    "t1"."bureau_remaining_max",
    "t1"."bureau_late_count",
    "t1"."bureau_active_debt_sum",
    "t1"."bureau_active_debt_mean",
    "t1"."bureau_active_debt_max",
    "t1"."bureau_active_owed_part_mean",
    "t1"."bureau_active_owed_part_max",
    "t1"."bureau_active_limit_sum",
    "t1"."bureau_active_overdue_sum",
    "t1"."bureau_active_overdue_max",
    "t1"."bureau_active_days_overdue_max",
    "t1"."bureau_active_remaining_mean",
    "t1"."bureau_active_remaining_max",
    "t1"."bureau_active_late_count",
    "t1"."bureau_closed_ended_mean",
    "t1"."bureau_closed_ended_min",
    "t1"."bureau_closed_early_mean",
    "t1"."bureau_closed_early_min",
    "t1"."bureau_active_share",
    "t1"."bureau_closed_share",
    "t1"."bureau_bad_count",
    "t1"."bureau_past_end_count",
    "t1"."bureau_foreign_count",
    "t1"."bureau_prolonged_sum",
    "t1"."bureau_consumer_count",
    "t1"."bureau_consumer_active_count",
    "t1"."bureau_consumer_debt_sum",
    "t1"."bureau_card_count",
    "t1"."bureau_card_active_count",
    "t1"."bureau_card_debt_sum",
    "t1"."bureau_car_count",
    "t1"."bureau_car_active_count",
    "t1"."bureau_car_debt_sum",
    "t1"."bureau_mortgage_count",
    "t1"."bureau_mortgage_active_count",
    "t1"."bureau_mortgage_debt_sum",
    "t1"."bureau_microloan_count",
    "t1"."bureau_microloan_active_count",
    "t1"."bureau_microloan_debt_sum",
    "t1"."bureau_3m_count",
    "t1"."bureau_3m_active_count",
    "t1"."bureau_3m_amount_sum",
    "t1"."bureau_3m_debt_sum",
    "t1"."bureau_6m_count",
    "t1"."bureau_6m_active_count",
    "t1"."bureau_6m_amount_sum",
    "t1"."bureau_6m_debt_sum",
    "t1"."bureau_12m_count",
    "t1"."bureau_12m_active_count",
    "t1"."bureau_12m_amount_sum",
    "t1"."bureau_12m_debt_sum",
    "t1"."bureau_24m_count",
    "t1"."bureau_24m_active_count",
    "t1"."bureau_24m_amount_sum",
    "t1"."bureau_24m_debt_sum",
    "t1"."bureau_consumer_share",
    "t1"."bureau_card_share",
    "t1"."bureau_car_share",
    "t1"."bureau_mortgage_share",
    "t1"."bureau_microloan_share",
    "t1"."bureau_active_debt_to_amount",
    "t1"."bureau_active_overdue_to_debt",
    "t1"."bureau_active_debt_to_limit",
    "t1"."bureau_12m_to_all_count",
    "t1"."bureau_12m_to_all_amount",
    "t1"."bureau_24m_to_all_count",
    "t1"."bureau_24m_to_all_amount"
  FROM "bureau_0" AS "t1"
) AS "t22"
  ON "t11"."SK_ID_CURR" = "t22"."client_0" AND "t11"."bureau"
LEFT OUTER JOIN (
  SELECT
    "t2"."SK_ID_CURR" AS "client_1",
    "t2"."bureau_balance_count",
    "t2"."bureau_balance_late_count",
    "t2"."bureau_balance_late_share",
    "t2"."bureau_balance_serious_count",
    "t2"."bureau_balance_closed_share",
    "t2"."bureau_balance_unknown_share",
    "t2"."bureau_balance_severity_max",
    "t2"."bureau_balance_3m_count",
    "t2"."bureau_balance_3m_late_count",
    "t2"."bureau_balance_3m_late_share",
    "t2"."bureau_balance_3m_serious_count",
    "t2"."bureau_balance_3m_closed_share",
    "t2"."bureau_balance_3m_unknown_share",
    "t2"."bureau_balance_3m_severity_max",
    "t2"."bureau_balance_6m_count",
    "t2"."bureau_balance_6m_late_count",
    "t2"."bureau_balance_6m_late_share",
    "t2"."bureau_balance_6m_serious_count",
    "t2"."bureau_balance_6m_closed_share",
    "t2"."bureau_balance_6m_unknown_share",
    "t2"."bureau_balance_6m_severity_max",
    "t2"."bureau_balance_12m_count",
    "t2"."bureau_balance_12m_late_count",
    "t2"."bureau_balance_12m_late_share",
    "t2"."bureau_balance_12m_serious_count",
    "t2"."bureau_balance_12m_closed_share",
    "t2"."bureau_balance_12m_unknown_share",
    "t2"."bureau_balance_12m_severity_max",
    "t2"."bureau_balance_24m_count",
    "t2"."bureau_balance_24m_late_count",
    "t2"."bureau_balance_24m_late_share",
    "t2"."bureau_balance_24m_serious_count",
    "t2"."bureau_balance_24m_closed_share",
    "t2"."bureau_balance_24m_unknown_share",
    "t2"."bureau_balance_24m_severity_max",
    "t2"."bureau_balance_before12m_late_share",
    "t2"."bureau_balance_late_12m_to_before",
    "t2"."bureau_balance_late_12m_to_all"
  FROM "bureau_balance_0" AS "t2"
) AS "t23"
  ON "t11"."SK_ID_CURR" = "t23"."client_1" AND "t11"."bureau_balance"
LEFT OUTER JOIN (
  SELECT
    "t3"."SK_ID_CURR" AS "client_2",
    "t3"."bureau_balance_credits_count",
    "t3"."bureau_balance_credits_seen_mean",
    "t3"."bureau_balance_credits_seen_max",
    "t3"."bureau_balance_credits_first_max",
    "t3"."bureau_balance_credits_latest_min",
    "t3"."bureau_balance_credits_last_late_min",
    "t3"."bureau_balance_credits_late_months_max",
    "t3"."bureau_balance_credits_late_run_max",
    "t3"."bureau_balance_credits_worst_mean",
    "t3"."bureau_balance_credits_ever_late_count",
    "t3"."bureau_balance_credits_ever_late_share",
    "t3"."bureau_balance_credits_ever_serious_count",
    "t3"."bureau_balance_credits_closed_share"
  FROM "bureau_balance_1" AS "t3"
) AS "t24"
  ON "t11"."SK_ID_CURR" = "t24"."client_2" AND "t11"."bureau_balance"
LEFT OUTER JOIN (
  SELECT
    "t4"."SK_ID_CURR" AS "client_3",
    "t4"."previous_count",
    "t4"."previous_age_mean",
    "t4"."previous_age_min",
    "t4"."previous_age_max",
    "t4"."previous_asked_sum",
    "t4"."previous_asked_mean",
    "t4"."previous_asked_max",
    "t4"."previous_credit_sum",
    "t4"."previous_credit_mean",
    "t4"."previous_credit_max",
    "t4"."previous_annuity_mean",
    "t4"."previous_annuity_max",
    "t4"."previous_term_mean",
    "t4"."previous_granted_part_mean",
    "t4"."previous_approved_count",
    "t4"."previous_approved_age_mean",
    "t4"."previous_approved_age_min",
    "t4"."previous_approved_age_max",
    "t4"."previous_approved_asked_sum",
    "t4"."previous_approved_asked_mean",
    "t4"."previous_approved_asked_max",
    "t4"."previous_approved_credit_sum",
    "t4"."previous_approved_credit_mean",
    "t4"."previous_approved_credit_max",
    "t4"."previous_approved_annuity_mean",
    "t4"."previous_approved_annuity_max",
    "t4"."previous_approved_term_mean",
    "t4"."previous_approved_granted_part_mean",
    "t4"."previous_refused_count",
    "t4"."previous_refused_age_mean",
    "t4"."previous_refused_age_min",
    "t4"."previous_refused_age_max",
    "t4"."previous_refused_asked_sum",
    "t4"."previous_refused_asked_mean",
    "t4"."previous_refused_asked_max",
    "t4"."previous_refused_credit_sum",
    "t4"."previous_refused_credit_mean",
    "t4"."previous_refused_credit_max",
    "t4"."previous_refused_annuity_mean",
    "t4"."previous_refused_annuity_max",
    "t4"."previous_refused_term_mean",
    "t4"."previous_refused_granted_part_mean",
    "t4"."previous_cancelled_count",
    "t4"."previous_cancelled_age_min",
    "t4"."previous_unused_count",
    "t4"."previous_unused_age_min",
    "t4"."previous_cash_count",
    "t4"."previous_cash_approved_count",
    "t4"."previous_cash_refused_count",
    "t4"."previous_cash_credit_max",
    "t4"."previous_consumer_count",
    "t4"."previous_consumer_approved_count",
    "t4"."previous_consumer_refused_count",
    "t4"."previous_consumer_credit_max",
    "t4"."previous_revolving_count",
    "t4"."previous_revolving_approved_count",
    "t4"."previous_revolving_refused_count",
    "t4"."previous_revolving_credit_max",
    "t4"."previous_3m_count",
    "t4"."previous_3m_approved_count",
    "t4"."previous_3m_refused_count",
    "t4"."previous_3m_refused_share",
    "t4"."previous_6m_count",
    "t4"."previous_6m_approved_count",
    "t4"."previous_6m_refused_count",
    "t4"."previous_6m_refused_share",
    "t4"."previous_12m_count",
    "t4"."previous_12m_approved_count",
    "t4"."previous_12m_refused_count",
    "t4"."previous_12m_refused_share",
    "t4"."previous_24m_count",
    "t4"."previous_24m_approved_count",
    "t4"."previous_24m_refused_count",
    "t4"."previous_24m_refused_share",
    "t4"."previous_approved_goods_max",
    "t4"."previous_approved_down_payment_mean",
    "t4"."previous_approved_down_payment_max",
    "t4"."previous_approved_down_rate_mean",
    "t4"."previous_approved_down_rate_max",
    "t4"."previous_approved_cost_mean",
    "t4"."previous_approved_cost_max",
    "t4"."previous_approved_remaining_max",
    "t4"."previous_approved_early_mean",
    "t4"."previous_approved_early_max",
    "t4"."previous_approved_insured_share",
    "t4"."previous_approved_running_count",
    "t4"."previous_approved_share",
    "t4"."previous_refused_share",
    "t4"."previous_cancelled_share",
    "t4"."previous_unused_share",
    "t4"."previous_reason_hc_count",
    "t4"."previous_reason_limit_count",
    "t4"."previous_reason_sco_count",
    "t4"."previous_reason_scofr_count",
    "t4"."previous_reason_client_count",
    "t4"."previous_reason_verif_count",
    "t4"."previous_yield_high_share",
    "t4"."previous_yield_middle_share",
    "t4"."previous_yield_low_normal_share",
    "t4"."previous_yield_low_action_share",
    "t4"."previous_channel_office_share",
    "t4"."previous_channel_country_share",
    "t4"."previous_channel_stone_share",
    "t4"."previous_channel_contact_share",
    "t4"."previous_walk_in_share",
    "t4"."previous_cross_sold_share",
    "t4"."previous_new_client_share",
    "t4"."previous_refreshed_share",
    "t4"."previous_weekend_share",
    "t4"."previous_hour_mean",
    "t4"."previous_credit_to_asked",
    "t4"."previous_6m_to_all_count",
    "t4"."previous_12m_to_all_count",
    "t4"."previous_24m_to_all_count"
  FROM "previous_application_0" AS "t4"
) AS "t25"
  ON "t11"."SK_ID_CURR" = "t25"."client_3" AND "t11"."previous_application"
LEFT OUTER JOIN (
  SELECT
    "t5"."SK_ID_CURR" AS "client_4",
    "t5"."pos_count",
    "t5"."pos_late_count",
    "t5"."pos_late_share",
    "t5"."pos_late_def_share",
    "t5"."pos_dpd_mean",
    "t5"."pos_dpd_max",
    "t5"."pos_3m_count",
    "t5"."pos_3m_late_count",
    "t5"."pos_3m_late_share",
    "t5"."pos_3m_late_def_share",
    "t5"."pos_3m_dpd_mean",
    "t5"."pos_3m_dpd_max",
    "t5"."pos_6m_count",
    "t5"."pos_6m_late_count",
    "t5"."pos_6m_late_share",
    "t5"."pos_6m_late_def_share",
    "t5"."pos_6m_dpd_mean",
    "t5"."pos_6m_dpd_max",
    "t5"."pos_12m_count",
    "t5"."pos_12m_late_count",
    "t5"."pos_12m_late_share",
    "t5"."pos_12m_late_def_share",
    "t5"."pos_12m_dpd_mean",
    "t5"."pos_12m_dpd_max",
    "t5"."pos_24m_count",
    "t5"."pos_24m_late_count",
    "t5"."pos_24m_late_share",
    "t5"."pos_24m_late_def_share",
    "t5"."pos_24m_dpd_mean",
    "t5"."pos_24m_dpd_max",
    "t5"."pos_before12m_late_share",
    "t5"."pos_late_12m_to_before",
    "t5"."pos_late_12m_to_all"
  FROM "POS_CASH_balance_0" AS "t5"
) AS "t26"
  ON "t11"."SK_ID_CURR" = "t26"."client_4" AND "t11"."POS_CASH_balance"
LEFT OUTER JOIN (
  SELECT
    "t6"."SK_ID_CURR" AS "client_5",
    "t6"."pos_credits_count",
    "t6"."pos_credits_completed_share",
    "t6"."pos_credits_changed_share",
    "t6"."pos_credits_ever_late_count",
    "t6"."pos_credits_ever_late_share",
    "t6"."pos_credits_ever_late_def_count",
    "t6"."pos_credits_seen_mean",
    "t6"."pos_credits_first_max",
    "t6"."pos_credits_latest_min",
    "t6"."pos_credits_term_mean",
    "t6"."pos_credits_term_max",
    "t6"."pos_credits_late_months_max",
    "t6"."pos_credits_late_run_max",
    "t6"."pos_credits_last_late_min",
    "t6"."pos_credits_running_count",
    "t6"."pos_credits_running_left_sum",
    "t6"."pos_credits_running_left_max",
    "t6"."pos_credits_running_left_part_mean"
  FROM "POS_CASH_balance_1" AS "t6"
) AS "t27"
  ON "t11"."SK_ID_CURR" = "t27"."client_5" AND "t11"."POS_CASH_balance"
LEFT OUTER JOIN (
  SELECT
    "t7"."SK_ID_CURR" AS "client_6",
    "t7"."instalments_count",
    "t7"."instalments_late_count",
    "t7"."instalments_late_share",
    "t7"."instalments_delay_mean",
    "t7"."instalments_delay_max",
    "t7"."instalments_under_share",
    "t7"."instalments_shortfall_sum",
    "t7"."instalments_due_sum",
    "t7"."instalments_paid_sum",
    "t7"."instalments_3m_count",
    "t7"."instalments_3m_late_count",
    "t7"."instalments_3m_late_share",
    "t7"."instalments_3m_delay_mean",
    "t7"."instalments_3m_delay_max",
    "t7"."instalments_3m_under_share",
    "t7"."instalments_3m_shortfall_sum",
    "t7"."instalments_3m_due_sum",
    "t7"."instalments_3m_paid_sum",
    "t7"."instalments_6m_count",
    "t7"."instalments_6m_late_count",
    "t7"."instalments_6m_late_share",
    "t7"."instalments_6m_delay_mean",
    "t7"."instalments_6m_delay_max",
    "t7"."instalments_6m_under_share",
    "t7"."instalments_6m_shortfall_sum",
    "t7"."instalments_6m_due_sum",
    "t7"."instalments_6m_paid_sum",
    "t7"."instalments_12m_count",
    "t7"."instalments_12m_late_count",
    "t7"."instalments_12m_late_share",
    "t7"."instalments_12m_delay_mean",
    "t7"."instalments_12m_delay_max",
    "t7"."instalments_12m_under_share",
    "t7"."instalments_12m_shortfall_sum",
    "t7"."instalments_12m_due_sum",
    "t7"."instalments_12m_paid_sum",
    "t7"."instalments_24m_count",
    "t7"."instalments_24m_late_count",
    "t7"."instalments_24m_late_share",
    "t7"."instalments_24m_delay_mean",
    "t7"."instalments_24m_delay_max",
    "t7"."instalments_24m_under_share",
    "t7"."instalments_24m_shortfall_sum",
    "t7"."instalments_24m_due_sum",
    "t7"."instalments_24m_paid_sum",
    "t7"."instalments_late7d_share",
    "t7"."instalments_late30d_count",
    "t7"."instalments_over_share",
    "t7"."instalments_split_share",
    "t7"."instalments_unpaid_count",
    "t7"."instalments_due_mean",
    "t7"."instalments_due_max",
    "t7"."instalments_ahead_mean",
    "t7"."instalments_before12m_late_share",
    "t7"."instalments_before12m_delay_mean",
    "t7"."instalments_before12m_due_mean",
    "t7"."instalments_12m_due_mean",
    "t7"."instalments_paid_part",
    "t7"."instalments_3m_paid_part",
    "t7"."instalments_6m_paid_part",
    "t7"."instalments_12m_paid_part",
    "t7"."instalments_24m_paid_part",
    "t7"."instalments_late_12m_to_before",
    "t7"."instalments_delay_12m_to_before",
    "t7"."instalments_due_12m_to_before"
  FROM "installments_payments_0" AS "t7"
) AS "t28"
  ON "t11"."SK_ID_CURR" = "t28"."client_6" AND "t11"."installments_payments"
LEFT OUTER JOIN (
  SELECT
    "t8"."SK_ID_CURR" AS "client_7",
    "t8"."instalments_credits_count",
    "t8"."instalments_credits_seen_mean",
    "t8"."instalments_credits_seen_max",
    "t8"."instalments_credits_first_max",
    "t8"."instalments_credits_latest_min",
    "t8"."instalments_credits_last_late_min",
    "t8"."instalments_credits_late_part_mean",
    "t8"."instalments_credits_late_part_max",
    "t8"."instalments_credits_versions_max",
    "t8"."instalments_credits_ever_late_count",
    "t8"."instalments_credits_ever_late_share",
    "t8"."instalments_credits_ever_late30d_count"
  FROM "installments_payments_1" AS "t8"
) AS "t29"
  ON "t11"."SK_ID_CURR" = "t29"."client_7" AND "t11"."installments_payments"
LEFT OUTER JOIN (
  SELECT
    "t9"."SK_ID_CURR" AS "client_8",
    "t9"."card_count",
    "t9"."card_balance_mean",
    "t9"."card_balance_max",
    "t9"."card_utilisation_mean",
    "t9"."card_utilisation_max",
    "t9"."card_drawn_sum",
    "t9"."card_drawings_sum",
    "t9"."card_paid_sum",
    "t9"."card_dpd_max",
    "t9"."card_late_share",
    "t9"."card_under_minimum_share",
    "t9"."card_used_share",
    "t9"."card_3m_count",
    "t9"."card_3m_balance_mean",
    "t9"."card_3m_balance_max",
    "t9"."card_3m_utilisation_mean",
    "t9"."card_3m_utilisation_max",
    "t9"."card_3m_drawn_sum",
    "t9"."card_3m_drawings_sum",
    "t9"."card_3m_paid_sum",
    "t9"."card_3m_dpd_max",
    "t9"."card_3m_late_share",
    "t9"."card_3m_under_minimum_share",
    "t9"."card_3m_used_share",
    "t9"."card_6m_count",
    "t9"."card_6m_balance_mean",
    "t9"."card_6m_balance_max",
    "t9"."card_6m_utilisation_mean",
    "t9"."card_6m_utilisation_max",
    "t9"."card_6m_drawn_sum",
    "t9"."card_6m_drawings_sum",
    "t9"."card_6m_paid_sum",
    "t9"."card_6m_dpd_max",
    "t9"."card_6m_late_share",
    "t9"."card_6m_under_minimum_share",
    "t9"."card_6m_used_share",
    "t9"."card_12m_count",
    "t9"."card_12m_balance_mean",
    "t9"."card_12m_balance_max",
    "t9"."card_12m_utilisation_mean",
    "t9"."card_12m_utilisation_max",
    "t9"."card_12m_drawn_sum",
    "t9"."card_12m_drawings_sum",
    "t9"."card_12m_paid_sum",
    "t9"."card_12m_dpd_max",
    "t9"."card_12m_late_share",
    "t9"."card_12m_under_minimum_share",
    "t9"."card_12m_used_share",
    "t9"."card_balance_min",
    "t9"."card_limit_mean",
    "t9"."card_limit_max",
    "t9"."card_drawn_mean",
    "t9"."card_drawn_max",
    "t9"."card_drawn_atm_sum",
    "t9"."card_drawn_pos_sum",
    "t9"."card_drawings_atm_sum",
    "t9"."card_paid_mean",
    "t9"."card_paid_max",
    "t9"."card_minimum_sum",
    "t9"."card_late_count",
    "t9"."card_late_def_count",
    "t9"."card_over_limit_share",
    "t9"."card_in_debt_share",
    "t9"."card_6m_drawn_mean",
    "t9"."card_6m_paid_mean",
    "t9"."card_12m_drawn_atm_sum",
    "t9"."card_12m_minimum_sum",
    "t9"."card_24m_count",
    "t9"."card_24m_late_share",
    "t9"."card_24m_balance_mean",
    "t9"."card_24m_utilisation_mean",
    "t9"."card_balance_3m_to_all",
    "t9"."card_balance_12m_to_all",
    "t9"."card_utilisation_3m_to_all",
    "t9"."card_utilisation_12m_to_all",
    "t9"."card_drawn_6m_to_all",
    "t9"."card_paid_6m_to_all",
    "t9"."card_atm_part",
    "t9"."card_paid_to_drawn",
    "t9"."card_paid_to_minimum",
    "t9"."card_12m_atm_part",
    "t9"."card_12m_paid_to_drawn",
    "t9"."card_12m_paid_to_minimum"
  FROM "credit_card_balance_0" AS "t9"
) AS "t30"
  ON "t11"."SK_ID_CURR" = "t30"."client_8" AND "t11"."credit_card_balance"
LEFT OUTER JOIN (
  SELECT
    "t10"."SK_ID_CURR" AS "client_9",
    "t10"."cards_count",
    "t10"."cards_seen_max",
    "t10"."cards_first_max",
    "t10"."cards_latest_min",
    "t10"."cards_last_late_min",
    "t10"."cards_late_run_max",
    "t10"."cards_limit_sum",
    "t10"."cards_used_count",
    "t10"."cards_ever_late_count"
  FROM "credit_card_balance_1" AS "t10"
) AS "t31"
  ON "t11"."SK_ID_CURR" = "t31"."client_9" AND "t11"."credit_card_balance";
