/** Plain HTML in place of HubSpot's own components: as much of each as the app's code uses. */
import React, { useState, type ReactNode } from "react";
import { extend, fetchFromBackend } from "./host";

export const hubspot = { extend, fetch: fetchFromBackend };

interface Children {
  children?: ReactNode;
}

const GAPS: Record<string, number> = { flush: 0, xs: 4, "extra-small": 4, sm: 8, small: 8, md: 16, medium: 16, lg: 24, large: 24 };

interface FlexProps extends Children {
  direction?: "row" | "column";
  gap?: string;
  align?: string;
  wrap?: "wrap" | "nowrap" | boolean;
}

export function Flex({ direction = "row", gap = "flush", align, wrap, children }: FlexProps) {
  const style = {
    display: "flex",
    flexDirection: direction,
    gap: GAPS[gap] ?? 8,
    alignItems: align ?? (direction === "row" ? "flex-start" : "stretch"),
    flexWrap: wrap === true || wrap === "wrap" ? ("wrap" as const) : ("nowrap" as const),
    minWidth: 0,
  };
  return <div style={style}>{children}</div>;
}

interface TextProps extends Children {
  variant?: "bodytext" | "microcopy";
  format?: { fontWeight?: "regular" | "demibold" | "bold" };
}

export function Text({ variant, format, children }: TextProps) {
  const weight = { regular: 400, demibold: 600, bold: 700 }[format?.fontWeight ?? "regular"];
  return (
    <span className={variant === "microcopy" ? "note" : undefined} style={{ display: "block", fontWeight: weight }}>
      {children}
    </span>
  );
}

export function Heading({ children }: Children) {
  return <h3 style={{ fontSize: 16 }}>{children}</h3>;
}

export function Divider() {
  return <hr style={{ border: 0, borderTop: "1px solid var(--line)", width: "100%" }} />;
}

const COLOURS: Record<string, string> = {
  info: "var(--key)",
  success: "var(--good)",
  warning: "var(--warn)",
  error: "var(--bad)",
  danger: "var(--bad)",
  default: "var(--quiet)",
};

export function Tag({ variant = "default", children }: Children & { variant?: string }) {
  const colour = COLOURS[variant] ?? "var(--quiet)";
  const style = { color: colour, border: `1px solid ${colour}`, borderRadius: 3, padding: "0 8px", alignSelf: "flex-start" };
  return <span style={style}>{children}</span>;
}

export function Alert({ title, variant = "info", children }: Children & { title: string; variant?: string }) {
  return (
    <div role="alert" style={{ borderLeft: `3px solid ${COLOURS[variant] ?? "var(--key)"}`, paddingLeft: 12 }}>
      <b>{title}</b>
      <div>{children}</div>
    </div>
  );
}

interface ButtonProps extends Children {
  variant?: "primary" | "secondary" | "destructive" | "transparent";
  size?: string;
  disabled?: boolean;
  onClick?: () => void;
}

const BUTTONS = { primary: "filled", secondary: "", destructive: "danger", transparent: "plain" };

export function Button({ variant = "secondary", disabled = false, onClick, children }: ButtonProps) {
  return (
    <button type="button" className={BUTTONS[variant]} style={{ alignSelf: "flex-start" }} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}

export function LoadingButton({ loading, ...rest }: ButtonProps & { loading: boolean }) {
  return <Button {...rest} disabled={loading || rest.disabled === true} />;
}

export function Link({ href, children }: Children & { href: { url: string; external?: boolean } }) {
  const opens = href.external === true ? { target: "_blank", rel: "noopener" } : {};
  return (
    <a href={href.url} {...opens}>
      {children}
    </a>
  );
}

export function LoadingSpinner({ label }: { label: string; showLabel?: boolean; layout?: string }) {
  return (
    <p role="status" className="quiet">
      {label} …
    </p>
  );
}

/** The host colours its circle by the number; this one has a number alone. */
export function ScoreCircle({ score }: { score: number }) {
  return (
    <svg width="56" height="56" viewBox="0 0 56 56" role="img" aria-label={`${score} of 100`} style={{ flex: "none" }}>
      <circle cx="28" cy="28" r="24" fill="none" stroke="var(--line)" strokeWidth="5" />
      <circle
        cx="28"
        cy="28"
        r="24"
        fill="none"
        stroke="var(--key)"
        strokeWidth="5"
        pathLength="100"
        strokeDasharray={`${score} 100`}
        transform="rotate(-90 28 28)"
      />
      <text x="28" y="34" textAnchor="middle" fontSize="16" fontWeight="600" fill="currentColor">
        {score}
      </text>
    </svg>
  );
}

export function DescriptionList({ children }: Children & { direction?: "row" | "column" }) {
  return (
    <dl className="values" style={{ margin: 0 }}>
      {children}
    </dl>
  );
}

export function DescriptionListItem({ label, children }: Children & { label: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Accordion({ title, children }: Children & { title: string; size?: string }) {
  return (
    <details>
      <summary>{title}</summary>
      <div style={{ paddingTop: 8 }}>{children}</div>
    </details>
  );
}

interface SelectProps {
  label: string;
  name: string;
  description?: string;
  value?: string;
  readOnly?: boolean;
  options: Array<{ value: string; label: string }>;
  onChange?: (value: string) => void;
}

export function Select({ label, name, description, value, readOnly = false, options, onChange }: SelectProps) {
  return (
    <label style={{ display: "block" }}>
      <span className="note" style={{ display: "block" }}>
        {label}
      </span>
      <select name={name} value={value ?? ""} disabled={readOnly} onChange={(event) => onChange?.(event.target.value)}>
        {value === undefined && <option value="">Choose</option>}
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
      {description !== undefined && (
        <span className="note" style={{ display: "block" }}>
          {description}
        </span>
      )}
    </label>
  );
}

interface DropdownProps extends Children {
  buttonText: string;
  buttonSize?: string;
  variant?: string;
  disabled?: boolean;
}

function Menu({ buttonText, disabled = false, children }: DropdownProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <span onClick={(event) => isOpen && event.target instanceof HTMLButtonElement && setIsOpen(false)}>
      <button type="button" disabled={disabled} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {buttonText} ▾
      </button>
      {isOpen && <span style={{ display: "flex", flexWrap: "wrap", gap: 4, marginTop: 4 }}>{children}</span>}
    </span>
  );
}

function MenuItem({ onClick, children }: Children & { onClick: () => void }) {
  return (
    <button type="button" onClick={onClick}>
      {children}
    </button>
  );
}

export const Dropdown = Object.assign(Menu, { ButtonItem: MenuItem });
