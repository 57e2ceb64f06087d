// Calls every route through types that openapi-typescript made; the compiler checks paths, parameters and bodies.
import createClient from "openapi-fetch";
import { address, application, client, csv, decision as recorded, feature, positional, row } from "./examples.js";
import type { components, paths } from "./schema.js";

const service = createClient<paths>({ baseUrl: address });
const called: Record<string, number> = {};

service.use({
  onResponse({ request, response, schemaPath }) {
    called[`${request.method} ${schemaPath}`] = response.status;
  },
});

const known = { params: { path: { client_id: client } } };
const decision = await service.GET("/predict/{client_id}", known);
const probability: number | undefined = decision.data?.probability;
const explanation = await service.GET("/explain/{client_id}", known);
const reasons: components["schemas"]["Reason"][] | undefined = explanation.data?.reasons;
await service.GET("/clients/{client_id}", known);
await service.GET("/clients", { params: { query: { limit: 5 } } });
await service.GET("/population", { params: { query: { features: [feature] } } });
await service.POST("/predict", { body: application, params: { query: { history: "imputed" } } });
await service.POST("/predict_proba", { body: { applications: [application] } });
await service.POST("/explain", { body: { data: [row] } });
await service.POST("/data", { body: { data: [positional] } });
await service.POST("/table", {
  body: csv,
  bodySerializer: (body) => body,
  headers: { "Content-Type": "application/octet-stream" },
  params: { query: { decimal: "point" } },
});
await service.GET("/decisions", { params: { query: { client_id: client, outcome: "REFUSED", review: true } } });
const about = { params: { path: { decision_id: recorded } } };
await service.GET("/decisions/{decision_id}", about);
await service.GET("/decisions/{decision_id}/letter", about);
await service.POST("/decisions/{decision_id}/review-request", {
  ...about,
  body: { statement: "I have a new job.", received_by: null },
});
await service.POST("/decisions/{decision_id}/override", {
  ...about,
  body: { decision: "ACCEPTED", reason: "income_documented", text: "Payslips of three months." },
});
await service.GET("/reviews", { params: { query: { limit: 5 } } });
await service.GET("/monitor");
await service.GET("/metrics", { parseAs: "text" });
await service.GET("/features");
await service.GET("/best_threshold");
const model = await service.GET("/model");
const fields: number | undefined = model.data?.input_schema?.fields.length;
await service.GET("/");
await service.GET("/health");
await service.GET("/health/ready");
await service.GET("/health/live");
await service.GET("/openapi.json");
await service.GET("/docs", { parseAs: "text" });
const problem = await service.GET("/predict/{client_id}", { params: { path: { client_id: "999999" } } });
const kind: string | undefined = problem.error?.type;

console.log(JSON.stringify({ called, probability, reasons, fields, kind }));
